// A member, as the hub sees it. What it is to hear waits in a queue that has an end: who does not read
// keeps nobody waiting, and costs no more than that.
import { POLLIN, POLLOUT } from '../../posix/constants.ts'
import { close, type PollFd, read } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import type { Fd } from '../../posix/types.ts'
import { writeNow } from '../../posix/writeNow.ts'
import type { Topic } from './topic.ts'
import { frame, longestRequest, type Member, type Reply, type Request, Unframer } from './wire.ts'

/** What may wait for a member, in bytes. Beyond it, the member misses what comes. */
const mostBytes = 1_048_576

/** Answers are not missed. Who asks on and on without reading them is cut off. */
const mostWithAnswers = 16 * mostBytes

/** How much is sent and received at once. */
const chunkBytes = 65_536
const chunk = Buffer.allocUnsafeSlow(chunkBytes)

export class Peer {
  member: Member
  readonly watched: PollFd
  readonly topics = new Set<Topic>()
  readonly #onMissed: () => void
  readonly #unframer = new Unframer(longestRequest)
  readonly #queue: Buffer[] = []
  #bytes = 0
  #missed = 0
  /** It has gone, but what it said before is heard yet. */
  #isDeaf = false

  constructor(fd: Fd, member: Member, onMissed: () => void) {
    this.member = member
    this.watched = { fd, events: POLLIN }
    this.#onMissed = onMissed
  }

  /** According to the last poll; its end is something said, too. */
  get hasSpoken(): boolean {
    return ((this.watched.revents ?? 0) & ~POLLOUT) !== 0
  }

  get isOverrun(): boolean {
    return this.#bytes > mostWithAnswers
  }

  /** An event, which it misses if it reads too slowly. */
  deliver(bytes: Buffer): void {
    // Until it has been told how many it has missed, it misses all: they come in order, or not at all.
    if (this.#missed === 0 && this.#bytes + bytes.length <= mostBytes) this.#push(bytes)
    else if (!this.#isDeaf) {
      this.#missed++
      this.#onMissed()
    }
  }

  answer(value: unknown): void {
    this.#push(frame({ kind: 'answer', value } satisfies Reply))
  }

  #push(bytes: Buffer): void {
    if (this.#isDeaf) return
    this.#queue.push(bytes)
    this.#bytes += bytes.length
  }

  /** Takes what it has sent. False at its end. */
  receive(take: (request: Request) => void): boolean {
    try {
      const length = read(this.watched.fd, chunk)
      this.#unframer.push(chunk.subarray(0, length), value => take(value as Request))
      return length > 0
    } catch (error) {
      if (isSystemError(error, 'ECONNRESET')) return false
      if (isSystemError(error, 'EAGAIN', 'EINTR')) return true
      throw error
    }
  }

  /** Sends what it takes without waiting. */
  flush(): void {
    // The last time there was no room, and poll has not told of any since.
    const { watched } = this
    if ((watched.events & POLLOUT) !== 0 && ((watched.revents ?? 0) & POLLOUT) === 0) return
    while (this.#queue.length > 0 && this.#sendSome()) this.#tellMissed()
    watched.events = this.#queue.length > 0 ? POLLIN | POLLOUT : POLLIN
  }

  #sendSome(): boolean {
    const bytes = this.#nextBytes()
    const sent = this.#send(bytes)
    this.#bytes -= sent
    if (sent < bytes.length) this.#queue.unshift(bytes.subarray(sent))
    return sent === bytes.length
  }

  // Many small ones in one call.
  #nextBytes(): Buffer {
    let [count, length] = [0, 0]
    do length += (this.#queue[count++] as Buffer).length
    while (count < this.#queue.length && length < chunkBytes)
    const [first, ...others] = this.#queue.splice(0, count) as [Buffer, ...Buffer[]]
    return others.length === 0 ? first : Buffer.concat([first, ...others], length)
  }

  #send(bytes: Buffer): number {
    try {
      return writeNow(this.watched.fd, bytes)
    } catch (error) {
      if (isSystemError(error, 'EAGAIN')) return 0
      if (!isSystemError(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) throw error
      this.#isDeaf = true
      this.#queue.length = 0
      this.#bytes = 0
      this.#missed = 0
      return bytes.length
    }
  }

  #tellMissed(): void {
    if (this.#missed === 0 || this.#bytes > mostBytes / 2) return
    const count = this.#missed
    this.#missed = 0
    this.#push(frame({ kind: 'missed', count }))
  }

  close(): void {
    close(this.watched.fd)
  }
}
