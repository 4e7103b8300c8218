// A seat on the scoreboard: what a server process of the model prefork does, and for whom.
import { AF_INET, AF_INET6 } from '../posix/constants.ts'
import { inet_ntop } from '../posix/inet.ts'
import { type Address, contains, type Network } from './addresses.ts'

/** The states of a seat. From `choosing` on, its process has a client, and knows which one. */
export const state = {
  free: 0,
  leaving: 1,
  starting: 2,
  idle: 3,
  asking: 4,
  choosing: 5,
  serving: 6,
} as const

/** Where in its memory what stands. */
const place = {
  ticket: 0,
  condemned: 4,
  length: 8,
  nameLength: 12,
  address: 16,
  since: 32,
  name: 40,
}
export const seatBytes = 256

export class Seat {
  /** Of the client: 0 if there is none. And the ticket of the client who is to be cut off. */
  readonly orders: Int32Array
  readonly #states: Int32Array
  readonly #index: number
  readonly #lengths: Int32Array
  readonly #address: Uint8Array
  readonly #since: Float64Array
  readonly #name: Buffer

  constructor(memory: ArrayBuffer, start: number, states: Int32Array, index: number) {
    this.#states = states
    this.#index = index
    this.orders = new Int32Array(memory, start + place.ticket, 2)
    this.#lengths = new Int32Array(memory, start + place.length, 2)
    this.#address = new Uint8Array(memory, start + place.address, 16)
    this.#since = new Float64Array(memory, start + place.since, 1)
    this.#name = Buffer.from(memory, start + place.name, seatBytes - place.name)
  }

  get state(): number {
    return Atomics.load(this.#states, this.#index)
  }

  set state(value: number) {
    Atomics.store(this.#states, this.#index, value)
  }

  /** In the daemon process: for a process that is about to be forked. */
  take(): void {
    this.orders.fill(0)
    this.#lengths.fill(0)
    this.state = state.starting
  }

  /** Its process has been collected, or was never made. */
  leave(): void {
    this.state = state.free
  }

  /** In its process: it waits for a client. */
  rest(): void {
    Atomics.store(this.orders, 0, 0)
    this.state = state.idle
  }

  /** A client has come; the next is to draw a ticket. */
  receive(name: string, address: Address | undefined): void {
    this.#lengths[0] = address?.length ?? 0
    if (address) this.#address.set(address)
    this.#lengths[1] = this.#name.write(name)
    this.#since[0] = performance.now()
    this.state = state.choosing
  }

  serve(ticket: number): void {
    Atomics.store(this.orders, 0, ticket)
    this.state = state.serving
  }

  get ticket(): number {
    return Atomics.load(this.orders, 0)
  }

  /** When the client came, in ms of the monotonic clock. */
  get since(): number {
    return this.#since[0] as number
  }

  /** In the daemon process: SIGTERM is to end it now if it serves this client, and only then. */
  condemn(ticket: number): void {
    Atomics.store(this.orders, 1, ticket)
  }

  /** It has no client, and may take one. */
  get isReady(): boolean {
    const { state: now } = this
    return now === state.starting || now === state.idle
  }

  get hasClient(): boolean {
    return this.state >= state.choosing
  }

  /** The client now, or the last one; empty if there was none. */
  get client(): string {
    return this.#name.toString('utf8', 0, this.#lengths[1])
  }

  /** Its numeric address, if it has one. */
  get host(): string | undefined {
    const [length = 0] = this.#lengths
    if (length === 0) return undefined
    return inet_ntop(length === 4 ? AF_INET : AF_INET6, this.#address.subarray(0, length))
  }

  isFrom(network: Network): boolean {
    return contains(network, this.#address.subarray(0, this.#lengths[0]))
  }
}
