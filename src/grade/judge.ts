// What checks are made of: the graded server, its clients, its processes, and patience.
import type { Signal } from '../posix/index.ts'
import { kill } from '../posix/processes.ts'
import { asPid } from '../posix/types.ts'
import { Failed, NotSeen, NotStarted } from './check.ts'
import { Client } from './client.ts'
import { collectOrphans, family } from './containment.ts'
import { processorTime, waitFor } from './patience.ts'
import { descriptorsOf, type Stat } from './processes.ts'
import { type Command, Server } from './server.ts'
import { tcpRows } from './sockets.ts'
import { isExpected, type Step, shown, spoken, type Talk } from './talk.ts'

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
  #server: Server | undefined
  #clients: Client[] = []
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
    const daemon = this.holders(top, all)[0]?.pid
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
      progress: () => this.#clients.reduce((sum, client) => sum + client.progress, 0),
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

  /** A client whom the kernel has connected. Whether the server knows of it is another matter. */
  async connect({ buffer }: { buffer?: number } = {}): Promise<Client> {
    const client = new Client(this.server.port, buffer)
    this.#clients.push(client)
    // Where clients hear each other, no two questions are the same.
    if (this.terms.talk.others.length > 0) client.questions = this.#clients.length * 10_000
    const outcome = await this.must(
      () => (client.connected && 'connected') || client.error,
      'a client could not connect',
      { daemonMayEnd: true },
    )
    if (outcome === 'connected') return client
    // Refused: if the daemon process has ended, that is what there is to say.
    await this.until(() => false)
    throw new Failed(`a client could not connect (${outcome})`)
  }

  /** A client who has been greeted, has asked a question and was answered. */
  async served(who = 'a client', question?: Step[]): Promise<Client> {
    const client = await this.connect()
    await this.greet(client, who)
    await this.ask(client, who, {}, question)
    return client
  }

  greet(client: Client, who = 'a client', waiting?: Waiting): Promise<void> {
    return this.#converse(client, this.terms.talk.greeting, 0, who, waiting)
  }

  /** Asks a question, which must be answered. */
  async ask(
    client: Client,
    who = 'a client',
    waiting?: Waiting,
    question = this.terms.talk.question,
    fill?: string,
  ): Promise<void> {
    if (client.questions > 0 && !this.terms.talk.repeatable) return
    const n = ++client.questions
    client.send(spoken(question, n, fill))
    await this.#converse(client, question, n, who, waiting, fill)
  }

  /** What a client hears of the last question of another one. */
  async overhear(client: Client, speaker: Client, who: string, fill?: string): Promise<void> {
    const { others } = this.terms.talk
    await this.#converse(client, others, speaker.questions, who, {}, fill)
  }

  /** What has come, if only one line of it: whatever that says. */
  async hears(client: Client, who: string): Promise<void> {
    await this.must(() => client.line() ?? false, `${who} got no answer`)
  }

  /** The answer to a question whose bytes have been sent already. */
  async answer(client: Client, who: string): Promise<void> {
    const n = ++client.questions
    await this.#converse(client, this.terms.talk.question, n, who)
  }

  /** The bytes of the next question. */
  question(client: Client): Buffer {
    return spoken(this.terms.talk.question, client.questions + 1)
  }

  async #converse(
    client: Client,
    steps: Step[],
    n: number,
    who: string,
    waiting?: Waiting,
    fill?: string,
  ) {
    // Among what others say, the answer has to be found.
    const isCrowd = this.terms.talk.others.length > 0
    for (const step of steps) {
      if (step.kind === 'say') continue
      const expected = shown(step, n)
      const next = () => {
        let line = client.line()
        while (isCrowd && line && !isExpected(step, line.text, n, fill)) line = client.line()
        return line
      }
      const got = await this.must(
        () => next() ?? (client.over && { text: undefined }),
        `${who} got no answer: ${expected} did not come`,
        waiting,
      )
      if (got.text === undefined) {
        const how = client.error ?? 'in order'
        throw new Failed(
          `${who} got no answer: the connection was ended (${how}) before ${expected}`,
        )
      }
      if (isExpected(step, got.text, n, fill)) continue
      throw new Failed(`${who} got ${JSON.stringify(got.text)} in place of ${expected}`)
    }
  }

  /** The client says its farewell and ends its side. */
  leave(client: Client): void {
    client.send(spoken(this.terms.talk.farewell, client.questions))
    client.end()
  }

  /** The processes that hold a socket, nearest first. */
  holders(socket: string, all = family()): Stat[] {
    return all.filter(
      ({ pid, state }) => state !== 'Z' && [...descriptorsOf(pid).values()].includes(socket),
    )
  }

  /** The server's end of a client's connection, as `socket:[123]`; undefined before accept. */
  accepted(client: Client): string | undefined {
    return tcpRows(this.server.port).find(({ remotePort }) => remotePort === client.port)?.socket
  }

  /** The processes other than the daemon process that hold it; undefined if none comes to. */
  serversOf(client: Client): Promise<number[] | undefined> {
    return this.until(all => {
      const socket = this.accepted(client)
      if (!socket) return undefined
      const pids = this.holders(socket, all).map(({ pid }) => pid)
      const others = pids.filter(pid => pid !== this.daemon)
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
    await this.until(all => all.find(stat => stat.pid === pid)?.state === 'T')
  }

  resume(pid: number): void {
    this.signal(pid, 'SIGCONT')
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
    await this.until(() => this.isAsleep(this.daemon))
    this.signal(this.daemon, 'SIGHUP')
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
    for (const client of this.#clients.splice(0)) client.destroy()
    await this.#server?.end()
    this.#server = undefined
    collectOrphans(family(), 0)
  }
}

const isAlive = (all: readonly Stat[], pid: number): boolean =>
  all.some(stat => stat.pid === pid && stat.state !== 'Z')
