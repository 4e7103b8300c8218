// The scoreboard of the model prefork: memory that the daemon process shares with its server
// processes. Each has a seat there and writes into it what it does; nobody waits for a lock.
import { poll } from '../posix/descriptors.ts'
import { sharedMemory } from '../posix/memory.ts'
import type { Network } from './addresses.ts'
import { Seat, seatBytes, state } from './seat.ts'

/**
 * What all are to do: take clients; take only who waits already; take nobody any more; and wait for
 * nobody any more who has been accepted, but is not served yet.
 */
export const phase = { serving: 0, emptying: 1, over: 2, cut: 3 } as const

/** Why a server process calls the daemon process. */
export const call = { tooFew: 4, tooMany: 5, timed: 6, refused: 7 } as const

/** Numbers that concern all. */
const cell = { phase: 0, generation: 1, ticket: 2, seats: 3, ...call } as const
const headBytes = 64

/** Longer than this no server process is about to draw its ticket, in ms: it has been stopped. */
const patienceMs = 50

export class Scoreboard {
  /** How many server processes there can be. */
  readonly capacity: number
  readonly #memory: ArrayBuffer
  readonly #head: Int32Array
  /** In one place, since they are counted often. */
  readonly #states: Int32Array
  readonly #seats: Seat[] = []

  constructor(capacity: number) {
    this.capacity = capacity
    // Pages that nobody writes to take no memory.
    const stateBytes = Math.ceil((capacity * Int32Array.BYTES_PER_ELEMENT) / headBytes) * headBytes
    this.#memory = sharedMemory(headBytes + stateBytes + capacity * seatBytes)
    this.#head = new Int32Array(this.#memory, 0, headBytes / Int32Array.BYTES_PER_ELEMENT)
    this.#states = new Int32Array(this.#memory, headBytes, capacity)
  }

  get phase(): number {
    return Atomics.load(this.#head, cell.phase)
  }

  set phase(value: number) {
    Atomics.store(this.#head, cell.phase, value)
  }

  /** Counts the settings: who was forked with older ones ends as soon as it has no client. */
  get generation(): number {
    return Atomics.load(this.#head, cell.generation)
  }

  renew(): void {
    Atomics.add(this.#head, cell.generation, 1)
  }

  /** In the daemon process: whether it was called for that; and whether it wants to be from now on. */
  listenFor(reason: number, wants: boolean): boolean {
    return Atomics.exchange(this.#head, reason, wants ? 0 : 1) === 1
  }

  /** In a server process: true for the first call since the daemon process last wanted one. */
  claim(reason: number): boolean {
    return Atomics.load(this.#head, reason) === 0 && Atomics.exchange(this.#head, reason, 1) === 0
  }

  /** In the daemon process, which alone gives seats away: the first one that is free. */
  take(): Seat {
    const index = this.#states.indexOf(state.free)
    if (index < 0) throw new RangeError(`all ${this.capacity} seats of the scoreboard are taken`)
    if (index >= this.#used) Atomics.store(this.#head, cell.seats, index + 1)
    const seat = this.#seat(index)
    seat.take()
    return seat
  }

  #seat(index: number): Seat {
    const place = this.#states.byteOffset + this.#states.byteLength + index * seatBytes
    this.#seats[index] ??= new Seat(this.#memory, place, this.#states, index)
    return this.#seats[index]
  }

  // As many as were ever taken at once.
  get #used(): number {
    return Atomics.load(this.#head, cell.seats)
  }

  /** How many are in that state; more than `enough` are not counted. */
  count(wanted: number, enough = Number.POSITIVE_INFINITY): number {
    const used = this.#used
    let found = 0
    for (let index = 0; index < used && found < enough; index++)
      if (Atomics.load(this.#states, index) === wanted) found++
    return found
  }

  /** In a server process that has seated its client: what decides who of many came first. */
  drawTicket(seat: Seat): void {
    let ticket = 0
    while (ticket === 0) ticket = Atomics.add(this.#head, cell.ticket, 1) // 0 stands for no client
    seat.serve(ticket)
  }

  /** How many clients of a network are served who came before that of this seat. */
  countBefore(own: Seat, network: Network): number {
    let found = 0
    for (let index = 0; index < this.#used; index++) {
      if (Atomics.load(this.#states, index) < state.choosing) continue
      const seat = this.#seat(index)
      if (seat === own || !seat.isFrom(network)) continue
      if (this.#hasTicket(index) && isBefore(seat.ticket, own.ticket)) found++
    }
    return found
  }

  // As in Lamport's bakery: who is about to draw may have a lower ticket, and is waited for.
  #hasTicket(index: number): boolean {
    for (let tries = 0; tries < patienceMs; tries++) {
      const now = Atomics.load(this.#states, index)
      if (now !== state.choosing) return now === state.serving
      poll([], 1)
    }
    return false
  }
}

// Tickets start again after 2 to the 32.
const isBefore = (one: number, other: number) => ((one - other) | 0) < 0
