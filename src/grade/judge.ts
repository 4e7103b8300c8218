// What checks are made of: the graded server, its clients, its processes, and patience.
import { Failed, NotSeen, NotStarted } from './check.ts'
import { Clients } from './clients.ts'
import { collectOrphans, family } from './containment.ts'
import { processorTime, waitFor } from './patience.ts'
import type { Stat } from './processes.ts'
import { type Command, Server } from './server.ts'
import { isAlive, ServerProcesses } from './serverProcesses.ts'
import { tcpRows } from './sockets.ts'
import type { Talk } from './talk.ts'

export interface Terms {
  command: Command
  talk: Talk
  /** What a check may take as a whole, in ms. */
  timeout: number
  /** For how long a server at rest is watched before what has not come counts as missing, in ms. */
  rest: number
  /** Server processes at most. */
  maxChildren?: number | undefined
  /** What a server process may start, itself included, in processes. */
  maxProcesses?: number | undefined
  /** Server processes that wait for clients. */
  spares?: number | undefined
  /** Clients that such a process serves before it ends. */
  clientsPerProcess?: number | undefined
}

/** Whether the daemon process has to live on while something is waited for. */
export interface Waiting {
  daemonMayEnd?: boolean
  /** The processor time after which a server that never sleeps is not waited for, in seconds. */
  chance?: number
}

/** Who has nothing to do needs less than this, in seconds. */
const LULL = 0.5

export class Judge {
  readonly terms: Terms
  readonly clients = new Clients(this)
  readonly processes = new ServerProcesses(this)
  #server: Server | undefined
  #deadline: number

  constructor(terms: Terms) {
    this.terms = terms
    this.#deadline = Date.now() + terms.timeout
  }

  get server(): Server {
    if (!this.#server) throw new Error('the server has not been started')
    return this.#server
  }

  get daemon(): number {
    return this.server.daemon
  }

  /**
   * Starts the server and waits until it listens.
   *
   * @throws NotStarted
   */
  async start({ port, terminal }: { port?: number; terminal?: string } = {}): Promise<void> {
    const { command, talk } = this.terms
    this.#server = await Server.start(command, {
      port,
      terminal,
      configuration: talk.configuration?.start,
    })
    const { server } = this
    for (;;) {
      const found = await this.until(all => all.length === 0 || this.#listener(all), {
        daemonMayEnd: true,
      }).catch(error => {
        throw error instanceof NotSeen ? this.#notStarted(error.message) : error
      })
      if (found === true) {
        throw this.#notStarted(`it has ended (${await server.endingOf(server.pid)})`)
      }
      // It may be asleep before it begins: only the time of the check ends this.
      if (found === undefined) continue
      Object.assign(server, found)
      return
    }
  }

  /** The top socket and who holds it, as soon as there is one. */
  #listener(all: Stat[]): { top: string; daemon: number } | undefined {
    const top = tcpRows(this.server.port).find(({ state }) => state === 'LISTEN')?.socket
    if (top === undefined) return undefined
    // The nearest one: server processes forked ahead of their clients hold the top socket, too.
    const daemon = this.processes.holders(top, all)[0]?.pid
    return daemon === undefined ? undefined : { top, daemon }
  }

  #notStarted(why: string): NotStarted {
    const { server } = this
    return new NotStarted(`nothing listens on port ${server.port}: ${why}${server.lastWords()}`)
  }

  /** Waits for an answer; undefined if the server comes to rest without one. See waitFor. */
  async until<T>(
    ask: (all: Stat[]) => T | undefined | false,
    { daemonMayEnd = false, chance = 2 }: Waiting = {},
  ): Promise<T | undefined> {
    const { server } = this
    const patience = {
      rest: this.terms.rest,
      chance,
      deadline: this.#deadline,
      progress: () => this.clients.progress,
      own: () => server.pid,
      collected: (ended: Map<number, string>) => server.collected(ended),
    }
    return waitFor(patience, ask, async all => {
      if (daemonMayEnd || server.daemon === 0 || isAlive(all, server.daemon)) return
      const how = await server.endingOf(server.daemon)
      throw new Failed(`the daemon process has ended (${how})${server.lastWords()}`)
    })
  }

  /** The same where the answer must come: else what is said speaks against the server. */
  async must<T>(
    ask: (all: Stat[]) => T | undefined | false,
    otherwise: string | (() => string),
    waiting?: Waiting,
  ): Promise<T> {
    const answer = await this.until(ask, waiting)
    if (answer !== undefined) return answer
    throw new Failed(typeof otherwise === 'string' ? otherwise : otherwise())
  }

  /** Whether the server sleeps, with nothing to do, or takes all the processor that it gets. */
  async lull(): Promise<'rest' | 'busy'> {
    const before = processorTime()
    await this.until(() => false, { chance: LULL })
    return processorTime() - before > LULL ? 'busy' : 'rest'
  }

  /** Has the daemon process reread its configuration file, which says something else now. */
  async reconfigure(text: string): Promise<void> {
    this.server.configure(text)
    await this.until(() => this.processes.isAsleep(this.daemon))
    this.processes.signal(this.daemon, 'SIGHUP')
    // When it has done so nothing tells: it has come to rest.
    await this.until(() => false)
  }

  /** Kills the server and all that came of it; the clients stay as they are. */
  async endServer(): Promise<void> {
    await this.#server?.end()
    this.server.daemon = 0
  }

  /** Ends the server and all that came of it. The next one starts from nothing. */
  async end(): Promise<void> {
    this.clients.destroy()
    await this.#server?.end()
    this.#server = undefined
    collectOrphans(family(), 0)
  }
}
