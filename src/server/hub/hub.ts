// The hub as a member sees it: what a handler has as connection.hub.
import type { Fd } from '../../posix/types.ts'
import { Link } from './link.ts'
import {
  frame,
  type HubEvent,
  longestRequest,
  type Member,
  type Request,
  type Subscription,
} from './wire.ts'

/** So often a member arrives before it gives up: a hub that has no room takes it, and lets it go. */
const mostArrivals = 3

/**
 * The way from one server process to the others: messages on topics and to single members, and who
 * is there. It begins when a handler first asks for it, and ends with the connection. Its methods
 * are synchronous: an answer takes as long as the hub takes, which waits for nobody.
 *
 * @see docs/hub.md
 * @example
 * const { hub } = connection
 * hub.subscribe('news')
 * hub.publish('news', 'somebody has come')
 * for (;;) connection.write(`${JSON.stringify(hub.next())}\n`)
 */
export class Hub {
  readonly #control: Fd
  readonly #events: HubEvent[] = []
  readonly #topics = new Set<string>()
  #link!: Link
  #id!: number
  #name: string | undefined
  #isWatched = false
  #hasLeft = false
  #wake = () => {}

  /**
   * @param control where members arrive
   * @throws SystemError EMFILE, ENFILE; EPIPE: there is no hub any more; Error: it has no room
   */
  constructor(control: Fd) {
    this.#control = control
    this.#arrive()
  }

  /** The number of this member. It changes if the hub has to be started anew. */
  get id(): number {
    return this.#id
  }

  /** What this member has claimed. */
  get name(): string | undefined {
    return this.#name
  }

  /**
   * Takes a name, if no other member has it. Others see it with all that this member does, and can
   * send to it. It is free again when this member leaves, or claims another.
   *
   * @returns false: another member has it
   * @example
   * while (!hub.claim(name)) name = ask('Somebody else has that name. Another one?')
   */
  claim(name: string): boolean {
    checkText('name', name)
    const isMine = this.#ask({ do: 'claim', name }) as boolean
    if (isMine) this.#name = name
    return isMine
  }

  /**
   * Hears from now on what others publish on a topic, and who joins and leaves it. What it returns
   * and the events that follow fit together: nothing is missing between them, nothing is in both.
   *
   * @param history how many of the last messages are wanted; default 0. The hub keeps as many as the
   * option hubHistory says, and at most 256 KiB of each topic
   * @example
   * const { history, members } = hub.subscribe('kitchen', { history: 20 })
   */
  subscribe(topic: string, { history = 0 }: { history?: number } = {}): Subscription {
    checkText('topic', topic)
    if (!Number.isInteger(history) || history < 0)
      throw new RangeError(`history: expected a whole number from 0, got ${history}`)
    const found = this.#ask({ do: 'subscribe', topic, history, quietly: false }) as Subscription
    this.#topics.add(topic)
    return found
  }

  /** Hears no more of a topic. What has come before, next() returns yet. */
  unsubscribe(topic: string): void {
    checkText('topic', topic)
    this.#topics.delete(topic)
    this.#ask({ do: 'unsubscribe', topic })
  }

  /** Who has subscribed to a topic, oneself included. */
  members(topic: string): Member[] {
    checkText('topic', topic)
    return this.#ask({ do: 'members', topic }) as Member[]
  }

  /**
   * Sends a message to all others that have subscribed to a topic. All of them have the messages of a
   * topic in the same order. It waits where the hub is behind with its work, and for no member.
   *
   * @param message whatever JSON can say, in at most 64 KiB
   * @throws RangeError: it is longer. TypeError: JSON cannot say it
   * @example
   * hub.publish('kitchen', { text: 'dinner is ready' })
   */
  publish(topic: string, message: unknown): void {
    checkText('topic', topic)
    checkMessage(message)
    const request = requestFrame({ do: 'publish', topic, message })
    this.#checkThere()
    while (!this.#link.send(request)) this.#arriveAgain()
  }

  /**
   * Sends a message to one member.
   *
   * @param to its id or its name
   * @returns false: there is no such member
   * @throws as publish
   * @example
   * if (!hub.send('alice', 'hello')) connection.write('alice is not here\n')
   */
  send(to: number | string, message: unknown): boolean {
    if (typeof to !== 'number') checkText('to', to)
    checkMessage(message)
    return this.#ask({ do: 'send', to, message }) as boolean
  }

  /**
   * Waits for the next event. Where the client is waited for, too, connection.wait() tells which of
   * them has come.
   *
   * @param timeout in ms; default: for ever
   * @returns undefined when the time is up
   * @example
   * for (let event = hub.next(1000); event; event = hub.next(1000)) show(event)
   */
  next(timeout = -1): HubEvent | undefined {
    const end = timeout < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeout
    while (!this.hasEvent) {
      this.#checkThere()
      const left = timeout < 0 ? -1 : Math.max(0, Math.ceil(end - performance.now()))
      if (this.#link.isReady(left)) this.receive()
      else if (left === 0) return undefined
    }
    const event = this.#events.shift()
    this.#link.goOn()
    return event
  }

  /** True if next() does not have to wait. */
  get hasEvent(): boolean {
    return this.#events.length > 0
  }

  /** False once it has left. */
  get isThere(): boolean {
    return !this.#hasLeft
  }

  /** For poll(2), where more than the hub is waited for; then call receive(). */
  get fd(): Fd {
    return this.#link.fd
  }

  /** Takes what the hub has sent, which may be half an event. To be called when `fd` is ready. */
  receive(): void {
    if (!this.#link.receive()) this.#arriveAgain()
  }

  /**
   * The events, for asynchronous handlers. While they are not taken they wait in the hub, as those of
   * any member that reads slowly.
   *
   * @example
   * for await (const event of connection.hub) show(event)
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<HubEvent, void> {
    while (!this.#hasLeft) {
      if (this.hasEvent) yield this.next() as HubEvent
      else await this.#eventInEventLoop()
    }
  }

  #eventInEventLoop(): Promise<void> {
    return new Promise(wake => {
      this.#wake = wake
      if (!this.#isWatched) this.#watch()
    })
  }

  #watch(): void {
    this.#isWatched = true
    const wake = () => this.#wake()
    this.#link.watch(wake, () => this.#arriveAgain())
  }

  /** Others hear that this member has left, and not that it was lost. The end of a handler does it, too. */
  leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#link.send(frame({ do: 'leave' }))
    this.#link.close()
    this.#wake()
  }

  #checkThere(): void {
    if (this.#hasLeft) throw new Error('connection.hub: this member has left')
  }

  #ask(request: Request): unknown {
    const bytes = requestFrame(request)
    for (;;) {
      this.#checkThere()
      const link = this.#link
      const answer = link.send(bytes) ? link.awaitAnswer() : undefined
      if (answer) return answer.value
      this.#arriveAgain()
    }
  }

  #arrive(): void {
    for (let left = mostArrivals; left > 0; left--) {
      const link = new Link(this.#control, this.#events)
      const id = link.awaitAnswer()
      if (id) {
        this.#link = link
        this.#id = id.value as number
        return
      }
      link.close()
    }
    throw new Error('connection.hub: the hub takes no more members')
  }

  // The hub has ended. The daemon process has started another, or is about to: it is told what the
  // old one knew of this member.
  #arriveAgain(): void {
    this.#link.close()
    this.#arrive()
    const { name } = this
    this.#name = undefined
    if (name !== undefined) this.claim(name)
    for (const topic of this.#topics)
      this.#ask({ do: 'subscribe', topic, history: 0, quietly: true })
    this.#events.push({ kind: 'restarted' })
    if (this.#isWatched) this.#watch()
    this.#wake()
  }
}

function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string' || text === '')
    throw new TypeError(`${name}: expected a text, got ${JSON.stringify(text)}`)
}

function checkMessage(message: unknown): void {
  if (['undefined', 'function', 'symbol'].includes(typeof message))
    throw new TypeError(`message: expected what JSON can say, got ${String(message)}`)
}

function requestFrame(request: Request): Buffer {
  const bytes = frame(request)
  if (bytes.length > longestRequest)
    throw new RangeError(`message: expected at most 64 KiB in JSON, got ${bytes.length} bytes`)
  return bytes
}
