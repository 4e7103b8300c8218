// A client who has been accepted, and whose header of the PROXY protocol is yet to come: read piece by
// piece, and never a byte more than it has. What stands behind it is the handler's.
import { EAGAIN, MSG_DONTWAIT, MSG_PEEK, POLLIN } from '../posix/constants.ts'
import type { PollFd } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { recv, type SocketAddress } from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import { addressFrom } from './addresses.ts'
import type { Refusal } from './admission.ts'
import { longestHeader, type ProxyHeader, parseProxyHeader } from './proxyHeader.ts'
import { type Client, clientName, type Via } from './server.ts'

/** What is known of it. */
export type Found =
  | { kind: 'waiting' }
  | { kind: 'client'; client: Client }
  | { kind: 'refused'; refusal: Refusal }
  /** It has gone, and had said nothing. */
  | { kind: 'gone' }

/**
 * A health check goes as soon as it has said whose connection it is. One that does not is served
 * then, since it may wait for the server to speak.
 */
const probeMs = 200

const waiting: Found = { kind: 'waiting' }
const gone: Found = { kind: 'gone' }
const peeked = Buffer.allocUnsafeSlow(longestHeader)

export class Arrival implements PollFd {
  readonly fd: Fd
  readonly events = POLLIN
  revents = 0
  /** In ms of the monotonic clock. */
  deadline: number
  /** Who has connected: the balancer. */
  readonly sender: Client
  readonly #timeout: number
  /** The beginning of the header. */
  #begun: Buffer = Buffer.alloc(0)
  /** The header is whole, and it may be nobody's: who it is if more than that comes. */
  #silent: Client | undefined

  /** @param timeout in s, from `now` in ms of the monotonic clock */
  constructor(sender: Client, timeout: number, now: number) {
    this.fd = sender.fd
    this.sender = sender
    this.#timeout = timeout
    this.deadline = now + timeout * 1000
  }

  /** Takes what has come. Nothing is waited for. */
  read(now: number): Found {
    const start = this.#silent ? 0 : this.#begun.length
    const length = this.#receive(peeked.subarray(start), MSG_PEEK)
    if (length === 'nothing') return now < this.deadline ? waiting : this.#expired()
    if (length === 'reset') return gone
    if (length === 0) return this.#ended()
    if (this.#silent) return { kind: 'client', client: this.#silent }
    peeked.set(this.#begun)
    const bytes = peeked.subarray(0, this.#begun.length + length)
    const header = parseProxyHeader(bytes)
    if (header.kind === 'malformed') return refused('proxy-header', header.reason)
    this.#take(header.kind === 'incomplete' ? bytes.length : header.length)
    if (header.kind === 'incomplete') return now < this.deadline ? waiting : this.#expired()
    return this.#understand(header, now)
  }

  #receive(into: Buffer, flags: number): number | 'nothing' | 'reset' {
    try {
      return recv(this.fd, into, flags | MSG_DONTWAIT)
    } catch (error) {
      if (!isSystemError(error)) throw error
      return error.errno === -EAGAIN ? 'nothing' : 'reset'
    }
  }

  // Out of the socket, so that it is ready again only for what comes behind.
  #take(end: number): void {
    const begun = Buffer.from(peeked.subarray(0, end))
    this.#receive(peeked.subarray(this.#begun.length, end), 0)
    this.#begun = begun
  }

  #understand(header: ProxyHeader & { length: number }, now: number): Found {
    const client = clientFrom(this.sender, header)
    if (client.via?.destination && !client.via.isOwn) return { kind: 'client', client }
    this.#silent = client
    this.deadline = now + probeMs
    return this.read(now)
  }

  #expired(): Found {
    if (this.#silent) return { kind: 'client', client: this.#silent }
    const detail = `${this.#begun.length} bytes of a header within ${this.#timeout} s`
    return refused('proxy-timeout', detail)
  }

  #ended(): Found {
    if (this.#silent || this.#begun.length === 0) return gone
    return refused('proxy-header', `it ends after ${this.#begun.length} bytes`)
  }
}

const refused = (reason: Refusal['reason'], detail: string): Found => ({
  kind: 'refused',
  refusal: { reason, detail },
})

/** Who comes by this header. */
function clientFrom(sender: Client, header: ProxyHeader): Client {
  const { fd, address, name } = sender
  if (header.kind !== 'proxied') {
    const via: Via = { balancer: sender, destination: undefined, isOwn: header.kind === 'local' }
    return { fd, address, name, via }
  }
  const { source, destination } = header
  // Version 1 has no other way to say that it is a health check.
  const via: Via = { balancer: sender, destination, isOwn: isSame(source, address) }
  return { fd, address: source, name: clientName(source, source), via }
}

function isSame(one: SocketAddress, other: SocketAddress): boolean {
  if (!('host' in one) || !('host' in other) || one.port !== other.port) return false
  // ::ffff:192.0.2.1 is 192.0.2.1.
  return String(addressFrom(one.host)) === String(addressFrom(other.host))
}
