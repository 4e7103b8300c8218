// The clients of a graded server, and what they say to it: each follows the script of the talk.
import { Failed } from './check.ts'
import { Client } from './client.ts'
import type { Judge, Waiting } from './judge.ts'
import { isExpected, type Step, shown, spoken, type Talk } from './talk.ts'

export class Clients {
  readonly #judge: Judge
  readonly #all: Client[] = []

  constructor(judge: Judge) {
    this.#judge = judge
  }

  get #talk(): Talk {
    return this.#judge.terms.talk
  }

  /** Bytes that have moved so far, on all connections. */
  get progress(): number {
    return this.#all.reduce((sum, client) => sum + client.progress, 0)
  }

  /** A client whom the kernel has connected. Whether the server knows of it is another matter. */
  async connect({ buffer }: { buffer?: number } = {}): Promise<Client> {
    const client = new Client(this.#judge.server.port, buffer)
    this.#all.push(client)
    // Where clients hear each other, no two questions are the same.
    if (this.#talk.others.length > 0) client.questions = this.#all.length * 10_000
    const outcome = await this.#judge.must(
      () => (client.connected && 'connected') || client.error,
      'a client could not connect',
      { daemonMayEnd: true },
    )
    if (outcome === 'connected') return client
    // Refused: if the daemon process has ended, that is what there is to say.
    await this.#judge.until(() => false)
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
    return this.#converse(client, this.#talk.greeting, 0, who, waiting)
  }

  /** Asks a question, which must be answered. */
  async ask(
    client: Client,
    who = 'a client',
    waiting?: Waiting,
    question = this.#talk.question,
    fill?: string,
  ): Promise<void> {
    if (client.questions > 0 && !this.#talk.repeatable) return
    const n = ++client.questions
    client.send(spoken(question, n, fill))
    await this.#converse(client, question, n, who, waiting, fill)
  }

  /** What a client hears of the last question of another one. */
  async overhear(client: Client, speaker: Client, who: string, fill?: string): Promise<void> {
    const { others } = this.#talk
    await this.#converse(client, others, speaker.questions, who, {}, fill)
  }

  /** What has come, if only one line of it: whatever that says. */
  async hears(client: Client, who: string): Promise<void> {
    await this.#judge.must(() => client.line() ?? false, `${who} got no answer`)
  }

  /** The answer to a question whose bytes have been sent already. */
  async answer(client: Client, who: string): Promise<void> {
    const n = ++client.questions
    await this.#converse(client, this.#talk.question, n, who)
  }

  /** The bytes of the next question. */
  question(client: Client): Buffer {
    return spoken(this.#talk.question, client.questions + 1)
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
    const isCrowd = this.#talk.others.length > 0
    for (const step of steps) {
      if (step.kind === 'say') continue
      const expected = shown(step, n)
      const next = () => {
        let line = client.line()
        while (isCrowd && line && !isExpected(step, line.text, n, fill)) line = client.line()
        return line
      }
      const got = await this.#judge.must(
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
    client.send(spoken(this.#talk.farewell, client.questions))
    client.end()
  }

  /** Takes all of them away, whatever they are at. */
  destroy(): void {
    for (const client of this.#all.splice(0)) client.destroy()
  }
}
