// The hub as the daemon process sees it, which starts it, collects it and starts it anew, and how its
// server processes find it.
//
//   control   a pair of sockets. Server processes hold one end and send the hub one end of a
//             connection of their own; the daemon process holds both, for the next hub
import { forkApart } from '../../fork/fork.ts'
import { AF_UNIX, SOCK_SEQPACKET, WNOHANG } from '../../posix/constants.ts'
import { close } from '../../posix/descriptors.ts'
import { _exit, kill } from '../../posix/processes.ts'
import { sigaction } from '../../posix/signals.ts'
import { socketpair } from '../../posix/sockets.ts'
import { describeStatus } from '../../posix/status.ts'
import type { Fd, Pid } from '../../posix/types.ts'
import { waitpid } from '../../posix/wait.ts'
import { enter } from '../flowchart.ts'
import type { Server } from '../server.ts'
import { hubTitle } from '../title.ts'
import type { Chore } from '../upkeep.ts'
import { Hub } from './hub.ts'
import { type HubCounts, hubProcess } from './hubProcess.ts'
import { SharedCounts } from './sharedCounts.ts'

/** A hub that ends at once is not started again at once, in ms. */
const restartMs = 1000

/** What the status tells of the hub. */
export type HubStatus = { pid: Pid | undefined } & Omit<HubCounts, 'lastId'>

export class HubKeeper {
  readonly #server: Server
  readonly #arrivals: Fd
  readonly #control: Fd
  readonly #counts = new SharedCounts()
  #isOpen = true
  #pid: Pid | undefined
  #member: Hub | undefined

  constructor(server: Server) {
    this.#server = server
    const [control, arrivals] = socketpair(AF_UNIX, SOCK_SEQPACKET)
    this.#control = control
    this.#arrivals = arrivals
    server.daemonsOwn.push(arrivals)
  }

  /** @throws ForkUnsafeError, SystemError as fork */
  start(): void {
    // In a unit of a service manager, or in a shell's loop over pids, it is told to stop as all others
    // are. Those who need it may not have finished.
    const pid = forkApart(hubTitle, () => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
        sigaction(signal, { handler: 'ignore' })
    })
    if (pid === 0) this.#become()
    this.#pid = pid
  }

  #become(): never {
    enter('hub')
    const server = this.#server
    for (const fd of server.daemonsOwn) if (fd !== this.#arrivals) close(fd)
    close(this.#control)
    server.live?.leave()
    server.spares?.close()
    server.room?.clear()
    server.reserve.giveUp()
    if (server.upgrade.kind === 'starting') close(server.upgrade.hears.fd)
    const report = (message: string) => server.report({ event: 'error', message })
    try {
      const history = server.settings.hubHistory
      hubProcess({ control: this.#arrivals, history, counts: this.#counts, report })
      return _exit(0)
    } catch (error) {
      const { message, stack = '' } = error as Error
      server.report({ event: 'error', message, stack })
      return _exit(1)
    }
  }

  /** Starts it again where it has ended. */
  get restart(): Chore {
    return {
      everyMs: restartMs,
      isStale: () => this.#isOpen && !this.isRunning,
      renew: isLast => {
        if (!isLast) this.#tryToStart()
      },
    }
  }

  // Where the system has no process for it, it will have one later.
  #tryToStart(): void {
    if (this.isRunning) return
    try {
      this.start()
    } catch (error) {
      this.#server.report({ event: 'error', message: `hub: ${(error as Error).message}` })
    }
  }

  get isRunning(): boolean {
    return this.#pid !== undefined
  }

  /** On SIGCHLD: it is a child, too, and no server process. */
  collect(): void {
    const pid = this.#pid
    const ended = pid === undefined ? undefined : waitpid(pid, WNOHANG)
    if (!ended) return
    this.#pid = undefined
    if (!this.#isOpen) return
    const message = `the hub (pid ${pid}) has ended: ${describeStatus(ended.status)}; another one is started`
    this.#server.report({ event: 'error', message })
  }

  /** Nobody will arrive any more: it ends when nobody is left. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    close(this.#control)
    close(this.#arrivals)
    const server = this.#server
    server.daemonsOwn = server.daemonsOwn.filter(fd => fd !== this.#arrivals)
  }

  /** It waits for nobody. */
  kill(): void {
    this.close()
    if (this.#pid !== undefined) kill(this.#pid, 'SIGKILL')
  }

  get status(): HubStatus {
    const { members, messages, missed } = this.#counts
    return { pid: this.#pid, members, messages, missed }
  }

  /** In a server process: it takes part from now on. */
  get member(): Hub {
    this.#member ??= new Hub(this.#control)
    return this.#member
  }

  /** The same, if it does so now. */
  get joined(): Hub | undefined {
    return this.#member?.isThere ? this.#member : undefined
  }

  /** In a server process: its client has been served. */
  leave(): void {
    this.#member?.leave()
    this.#member = undefined
  }
}
