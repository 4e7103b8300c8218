// The processes of a graded server: who holds which socket, who lives and sleeps, and signals to them.
import type { Signal } from '../posix/index.ts'
import { kill } from '../posix/processes.ts'
import { asPid } from '../posix/types.ts'
import { NotSeen } from './check.ts'
import type { Client } from './client.ts'
import { family } from './containment.ts'
import type { Judge } from './judge.ts'
import { descriptorsOf, type Stat } from './processes.ts'
import { tcpRows } from './sockets.ts'

export class ServerProcesses {
  readonly #judge: Judge

  constructor(judge: Judge) {
    this.#judge = judge
  }

  /** The processes that hold a socket, nearest first. */
  holders(socket: string, all = family()): Stat[] {
    return all.filter(
      ({ pid, state }) => state !== 'Z' && [...descriptorsOf(pid).values()].includes(socket),
    )
  }

  /** The server's end of a client's connection, as `socket:[123]`; undefined before accept. */
  accepted(client: Client): string | undefined {
    return tcpRows(this.#judge.server.port).find(({ remotePort }) => remotePort === client.port)
      ?.socket
  }

  /** The processes other than the daemon process that hold it; undefined if none comes to. */
  serversOf(client: Client): Promise<number[] | undefined> {
    return this.#judge.until(all => {
      const socket = this.accepted(client)
      if (!socket) return undefined
      const pids = this.holders(socket, all).map(({ pid }) => pid)
      const others = pids.filter(pid => pid !== this.#judge.daemon)
      return others.length > 0 && others
    })
  }

  /** The one that is nearest to the daemon process, of a client who has been answered. */
  async serverOf(client: Client): Promise<number> {
    const [pid] = (await this.serversOf(client)) ?? []
    if (pid === undefined)
      throw new NotSeen('no process of its own serves the client: see processes')
    return pid
  }

  isAlive(pid: number): boolean {
    return isAlive(family(), pid)
  }

  isAsleep(pid: number): boolean {
    return family().find(stat => stat.pid === pid)?.state === 'S'
  }

  signal(pid: number, signal: Signal): void {
    if (this.isAlive(pid)) kill(asPid(pid), signal)
  }

  /** Stops a process: what happens to it from now on waits. */
  async stop(pid: number): Promise<void> {
    this.signal(pid, 'SIGSTOP')
    await this.#judge.until(all => all.find(stat => stat.pid === pid)?.state === 'T')
  }

  resume(pid: number): void {
    this.signal(pid, 'SIGCONT')
  }
}

export const isAlive = (all: readonly Stat[], pid: number): boolean =>
  all.some(stat => stat.pid === pid && stat.state !== 'Z')
