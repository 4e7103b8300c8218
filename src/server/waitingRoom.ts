// Where clients are between accept and admit when connections begin with a header of the PROXY
// protocol: until it is there, nobody knows who they are. Nobody waits for one of them; all are waited
// for together, with whatever else the process waits for.
import { close, type PollFd, poll } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import type { SocketAddress } from '../posix/sockets.ts'
import { addressFrom, contains, type Network, networkFrom } from './addresses.ts'
import type { Refusal } from './admission.ts'
import { announce, refuse } from './admit.ts'
import { Arrival } from './arrival.ts'
import type { Settings } from './configuration.ts'
import { onUnixSocket } from './proxyOptions.ts'
import type { Client, Server } from './server.ts'

/** So many can be in it. Others stay in the accept queue until one of them leaves. */
const places = 256

export class WaitingRoom {
  #arrivals: Arrival[] = []
  readonly #known: Client[] = []

  /** What to wait for, until `timeLeft`. */
  get watched(): readonly PollFd[] {
    return this.#arrivals
  }

  get isFull(): boolean {
    return this.#arrivals.length >= places
  }

  get isEmpty(): boolean {
    return this.#arrivals.length === 0 && this.#known.length === 0
  }

  /** Whether `next` has somebody. */
  get hasKnown(): boolean {
    return this.#known.length > 0
  }

  /** Milliseconds until somebody's time is up, -1 if nobody is waited for. */
  timeLeft(): number {
    if (this.#arrivals.length === 0) return -1
    const first = Math.min(...this.#arrivals.map(({ deadline }) => deadline))
    return Math.max(0, Math.ceil(first - performance.now()))
  }

  /** For whoever has been accepted. One whose header nobody would believe is sent away. */
  enter(server: Server, sender: Client): void {
    const { proxyTimeout } = server.settings
    if (!isBalancer(sender.address, server.settings)) {
      const detail = 'it is no balancer that proxy-from names'
      sendAway(server, sender, { reason: 'proxy-from', detail })
      return
    }
    const now = performance.now()
    this.#look(server, sender, new Arrival(sender, proxyTimeout, now), now)
  }

  /** After poll: takes what has come, and sends those away whose time is up. */
  look(server: Server): void {
    if (this.#arrivals.length === 0) return
    const now = performance.now()
    for (const arrival of this.#arrivals.splice(0)) {
      if (arrival.revents || arrival.deadline <= now)
        this.#look(server, arrival.sender, arrival, now)
      else this.#arrivals.push(arrival)
    }
  }

  #look(server: Server, sender: Client, arrival: Arrival, now: number): void {
    const found = arrival.read(now)
    if (found.kind === 'waiting') this.#arrivals.push(arrival)
    else if (found.kind === 'client') this.#known.push(found.client)
    else if (found.kind === 'refused') sendAway(server, sender, found.refusal)
    else {
      server.report({ event: 'probed', client: sender.name })
      close(sender.fd)
    }
  }

  /** Who has been known longest, and is now to be admitted. */
  next(): Client | undefined {
    return this.#known.shift()
  }

  /** Closes all of them, or, in another process, the copies of their descriptors. */
  clear(): void {
    for (const { fd } of this.#arrivals.splice(0)) close(fd)
    for (const { fd } of this.#known.splice(0)) close(fd)
  }

  /**
   * In a process that cares for nobody else: waits until it is known who has come.
   *
   * @param isCut whether it is not to be waited for any more
   * @returns undefined: nobody is to be admitted
   */
  identify(server: Server, sender: Client, isCut: () => boolean): Client | undefined {
    this.enter(server, sender)
    while (this.#arrivals.length > 0) {
      if (isCut()) this.clear()
      else this.#wait()
      this.look(server)
    }
    return this.next()
  }

  #wait(): void {
    try {
      poll(this.watched, this.timeLeft())
    } catch (error) {
      if (!isSystemError(error, 'EINTR')) throw error
    }
  }

  /**
   * For whoever is to be sent away, whoever it is: without waiting.
   *
   * @returns the balancer where the header has not come yet; undefined: it has gone, or been sent away
   */
  glance(server: Server, sender: Client): Client | undefined {
    this.enter(server, sender)
    const isUnknown = this.#arrivals.splice(0).length > 0
    return isUnknown ? sender : this.next()
  }
}

function sendAway(server: Server, client: Client, refusal: Refusal): void {
  announce(server, client)
  refuse(server, client, refusal)
  close(client.fd)
}

let parsed: { from: Settings['proxyFrom']; networks: Network[]; onUnix: boolean } | undefined

// Each client asks for it: the texts are read once.
function isBalancer(address: SocketAddress, { proxyFrom: from }: Settings): boolean {
  if (parsed?.from !== from) {
    const texts = [from].flat()
    const networks = texts.filter(text => text !== onUnixSocket).map(networkFrom)
    parsed = { from, networks, onUnix: texts.includes(onUnixSocket) }
  }
  if ('path' in address) return parsed.onUnix
  const bytes = addressFrom(address.host)
  return bytes !== undefined && parsed.networks.some(network => contains(network, bytes))
}
