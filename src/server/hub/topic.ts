import type { Peer } from './peer.ts'
import type { Message, Reply, Subscription } from './wire.ts'
import { frame } from './wire.ts'

/** What the messages that are kept of one topic may take, in bytes of JSON. */
const mostBytes = 262_144

/** Who hears what is published under a name, and what was published before. */
export class Topic {
  readonly name: string
  readonly subscribers = new Set<Peer>()
  readonly #most: number
  #history: { message: Message; bytes: number }[] = []
  #bytes = 0

  /** @param most how many messages are kept */
  constructor(name: string, most: number) {
    this.name = name
    this.#most = most
  }

  get hasHistory(): boolean {
    return this.#history.length > 0
  }

  publish(message: Message): void {
    this.#keep(message, this.tell({ kind: 'message', ...message }, message.from.id))
  }

  /**
   * @param except the id of whom it is about
   * @returns how many bytes it is
   */
  tell(event: Reply, except: number): number {
    const bytes = frame(event)
    for (const peer of this.subscribers) if (peer.member.id !== except) peer.deliver(bytes)
    return bytes.length
  }

  #keep(message: Message, bytes: number): void {
    if (this.#most === 0) return
    this.#history.push({ message, bytes })
    this.#bytes += bytes
    while (this.#history.length > this.#most || this.#bytes > mostBytes)
      this.#bytes -= this.#history.shift()?.bytes ?? 0
  }

  /** What somebody finds who comes now. */
  seenBy(newcomer: Peer, messages: number): Subscription {
    const history = messages === 0 ? [] : this.#history.slice(-messages)
    return { history: history.map(({ message }) => message), members: this.members(newcomer) }
  }

  members(except?: Peer) {
    return [...this.subscribers].filter(peer => peer !== except).map(({ member }) => member)
  }
}
