// What the hub knows: who is there, under which name, on which topics; and what it does when it is
// asked. No system call is made here.
import type { Peer } from './peer.ts'
import { Topic } from './topic.ts'
import { frame, type Request } from './wire.ts'

/** So many topics that nobody listens to keep their messages; those that were left first are forgotten. */
const mostDeserted = 1000

export class Rooms {
  readonly #names = new Map<string, Peer>()
  readonly #ids = new Map<number, Peer>()
  readonly #topics = new Map<string, Topic>()
  readonly #deserted = new Set<Topic>()
  readonly #history: number
  readonly #onMessage: () => void

  /** @param history how many messages of a topic are kept */
  constructor(history: number, onMessage: () => void) {
    this.#history = history
    this.#onMessage = onMessage
  }

  enter(peer: Peer): void {
    this.#ids.set(peer.member.id, peer)
    peer.answer(peer.member.id)
  }

  /** @param lost it has not taken its leave */
  leave(peer: Peer, lost: boolean): void {
    const { id, name } = peer.member
    this.#ids.delete(id)
    if (name !== undefined) this.#names.delete(name)
    for (const topic of peer.topics) this.#leaveTopic(peer, topic, lost)
  }

  /** @throws Error: there is no such request */
  answer(peer: Peer, request: Request): void {
    switch (request.do) {
      case 'publish':
        this.#publish(peer, request)
        break
      case 'claim':
        peer.answer(this.#claim(peer, request.name))
        break
      case 'subscribe':
        this.#subscribe(peer, request)
        break
      case 'unsubscribe':
        this.#unsubscribe(peer, request.topic)
        peer.answer(null)
        break
      case 'members':
        peer.answer(this.#topics.get(request.topic)?.members() ?? [])
        break
      case 'send':
        peer.answer(this.#send(peer, request))
        break
      default:
        throw new Error(`no such request: ${JSON.stringify(request)}`)
    }
  }

  #publish(peer: Peer, { topic, message }: Request & { do: 'publish' }): void {
    this.#onMessage()
    const found = this.#topicOf(topic)
    found.publish({ topic, from: peer.member, time: Date.now(), message })
    this.#tidy(found)
  }

  // A name is one member's. Whoever asks first has it, until it leaves or claims another.
  #claim(peer: Peer, name: string): boolean {
    const holder = this.#names.get(name)
    if (holder) return holder === peer
    const { name: before } = peer.member
    if (before !== undefined) this.#names.delete(before)
    this.#names.set(name, peer)
    // A new object: messages that are kept tell who it was then.
    peer.member = { ...peer.member, name }
    for (const topic of peer.topics) {
      const change = before === undefined ? {} : { before }
      const { member } = peer
      topic.tell({ kind: 'renamed', topic: topic.name, member, ...change }, member.id)
    }
    return true
  }

  #subscribe(peer: Peer, { topic: name, history, quietly }: Request & { do: 'subscribe' }): void {
    const topic = this.#topicOf(name)
    peer.answer(topic.seenBy(peer, history))
    if (topic.subscribers.has(peer)) return
    topic.subscribers.add(peer)
    peer.topics.add(topic)
    this.#deserted.delete(topic)
    const { member } = peer
    if (!quietly) topic.tell({ kind: 'joined', topic: name, member }, member.id)
  }

  #unsubscribe(peer: Peer, name: string): void {
    const topic = this.#topics.get(name)
    if (topic && peer.topics.has(topic)) this.#leaveTopic(peer, topic, false)
  }

  #send(peer: Peer, { to, message }: Request & { do: 'send' }): boolean {
    const receiver = typeof to === 'number' ? this.#ids.get(to) : this.#names.get(to)
    if (!receiver) return false
    this.#onMessage()
    const from = peer.member
    receiver.deliver(frame({ kind: 'private', from, time: Date.now(), message }))
    return true
  }

  #leaveTopic(peer: Peer, topic: Topic, lost: boolean): void {
    topic.subscribers.delete(peer)
    peer.topics.delete(topic)
    const { member } = peer
    topic.tell({ kind: 'left', topic: topic.name, member, lost }, member.id)
    this.#tidy(topic)
  }

  #topicOf(name: string): Topic {
    const known = this.#topics.get(name)
    if (known) return known
    const topic = new Topic(name, this.#history)
    this.#topics.set(name, topic)
    return topic
  }

  #tidy(topic: Topic): void {
    if (topic.subscribers.size > 0) return
    if (!topic.hasHistory) {
      this.#topics.delete(topic.name)
      return
    }
    this.#deserted.delete(topic)
    this.#deserted.add(topic)
    if (this.#deserted.size <= mostDeserted) return
    const [oldest] = this.#deserted as Iterable<Topic> as [Topic]
    this.#deserted.delete(oldest)
    this.#topics.delete(oldest.name)
  }
}
