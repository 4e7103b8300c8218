import { WEXITED, WNOHANG, WNOWAIT } from '../posix/constants.ts'
import { isSystemError } from '../posix/errors.ts'
import { kill } from '../posix/processes.ts'
import type { Signal } from '../posix/signalNames.ts'
import type { WaitStatus } from '../posix/status.ts'
import type { Pid } from '../posix/types.ts'
import { waitid, waitpid } from '../posix/wait.ts'
import type { Seat } from './seat.ts'
import type { TimeLimit } from './timeLimits.ts'

/** What the daemon process knows of a server process. */
export interface Child {
  /** Empty where there has been none. */
  client: string
  /** The numeric address of the client, if it has one. */
  host: string | undefined
  /** When it was forked, in ms of the monotonic clock. */
  since: number
  limit: TimeLimit | undefined
  /** Of one that was forked ahead of its clients. */
  seat: Seat | undefined
}

/** A server process that has ended, and how. */
export interface EndedChild extends Child {
  pid: Pid
  status: WaitStatus
}

/** The server processes that run, or have ended and are not collected yet. */
export class ChildTable {
  readonly #children = new Map<Pid, Child>()
  /** How many there have been since the start. */
  forked = 0

  get size(): number {
    return this.#children.size
  }

  add(
    pid: Pid,
    client: string,
    host: string | undefined,
    limit: TimeLimit | undefined,
    seat?: Seat,
  ): void {
    this.forked++
    this.#children.set(pid, { client, host, since: performance.now(), limit, seat })
  }

  entries(): Iterable<[Pid, Child]> {
    return this.#children
  }

  /** The addresses of the clients who have one. */
  hosts(): string[] {
    const hosts = [...this.#children.values()].map(child => child.host)
    return hosts.filter(host => host !== undefined)
  }

  /** A pid in the table cannot have been given to another process: nobody has collected it yet. */
  signalAll(signal: Signal): void {
    for (const pid of this.#children.keys()) kill(pid, signal)
  }

  /**
   * Collects every child of ours that has ended, so that there is never a zombie: one SIGCHLD may
   * stand for many children. Others, as those of node:child_process, are left to whoever started
   * them: look who has ended, and collect it only if it is ours.
   */
  collect(): EndedChild[] {
    const ended: EndedChild[] = []
    // Where there is none of ours, none is looked for: that would be an error, ECHILD.
    while (this.#children.size > 0) {
      const pid = lookForEnded()
      if (pid === undefined) return ended
      if (!this.#children.has(pid)) return [...ended, ...this.#collectOneByOne()]
      const child = this.#collect(pid)
      if (child) ended.push(child)
    }
    return ended
  }

  // Somebody else's child is first in line, and stays there: ask for each of ours.
  #collectOneByOne(): EndedChild[] {
    const found = [...this.#children.keys()].map(pid => this.#collect(pid))
    return found.filter(child => child !== undefined)
  }

  #collect(pid: Pid): EndedChild | undefined {
    const child = this.#children.get(pid)
    const found = waitpid(pid, WNOHANG)
    if (!found || !child) return undefined
    this.#children.delete(pid)
    return Object.assign(found, child)
  }
}

function lookForEnded(): Pid | undefined {
  try {
    return waitid({ type: 'all' }, WEXITED | WNOHANG | WNOWAIT)?.pid
  } catch (error) {
    if (isSystemError(error, 'ECHILD')) return undefined
    throw error
  }
}
