// Refusals in the log: whoever is refused again and again, and were it from thousands of addresses,
// must not fill it.
import { sharedMemory } from '../posix/memory.ts'
import { type RejectReason, rejectReasons } from './events.ts'

/** In one second so many refusals have a line of their own. */
export const linesPerSecond = 10
const secondMs = 1000

/** Of these, who it happens to comes does not matter: one address stands for all. */
const ofTheSystem: readonly RejectReason[] = ['descriptors', 'memory', 'processes', 'unsafe']

/** How many of a reason had no line of their own. */
export type Sum = [reason: RejectReason, suppressed: number]

/** Where in the shared memory what stands: numbers of 8 bytes, then of 4. */
const endBytes = 8
const cell = { seen: 0, first: 1, sums: 1 + linesPerSecond } as const
const cells = cell.sums + rejectReasons.length

/**
 * Tells which refusals have a line of their own: in each second the first one of an address for a
 * reason, and of these the first ten. The others are counted, and their sums are due when the second
 * is over. All processes of a server count as one.
 */
export class RefusalLines {
  /** When the second ends, in µs of the monotonic clock. */
  readonly #end: BigInt64Array
  readonly #cells: Int32Array

  constructor() {
    const memory = sharedMemory(endBytes + cells * Int32Array.BYTES_PER_ELEMENT)
    this.#end = new BigInt64Array(memory, 0, 1)
    this.#cells = new Int32Array(memory, endBytes, cells)
  }

  /**
   * @param client its address and port, if it is known
   * @param now ms of the monotonic clock; sums that are due have been taken
   */
  hasLine(reason: RejectReason, client: string | undefined, now: number): boolean {
    this.#beginSecond(now)
    const from = ofTheSystem.includes(reason) ? '' : client?.replace(/:\d+$/, '')
    if (this.#isNew(hashOf(`${reason} ${from}`))) return true
    Atomics.add(this.#cells, cell.sums + rejectReasons.indexOf(reason), 1)
    return false
  }

  #beginSecond(now: number): void {
    const end = Atomics.load(this.#end, 0)
    if (microseconds(now) < end) return
    const next = microseconds(now + secondMs)
    if (Atomics.compareExchange(this.#end, 0, end, next) === end)
      Atomics.store(this.#cells, cell.seen, 0)
  }

  #isNew(hash: number): boolean {
    const seen = Math.min(linesPerSecond, Atomics.load(this.#cells, cell.seen))
    for (let index = 0; index < seen; index++)
      if (Atomics.load(this.#cells, cell.first + index) === hash) return false
    if (seen === linesPerSecond) return false
    const index = Atomics.add(this.#cells, cell.seen, 1)
    if (index >= linesPerSecond) return false
    Atomics.store(this.#cells, cell.first + index, hash)
    return true
  }

  /** Milliseconds until sums are due; -1: there are none. */
  timeLeft(now: number): number {
    const hasSums = rejectReasons.some((_, index) => this.#cells[cell.sums + index] !== 0)
    if (!hasSums) return -1
    const left = Number(Atomics.load(this.#end, 0) - microseconds(now)) / 1000
    return Math.max(0, Math.ceil(left))
  }

  /** The sums so far; they start at none again. */
  take(): Sum[] {
    return rejectReasons
      .map((reason, index): Sum => [reason, Atomics.exchange(this.#cells, cell.sums + index, 0)])
      .filter(([, suppressed]) => suppressed > 0)
  }
}

const microseconds = (ms: number) => BigInt(Math.floor(ms * 1000))

// That two addresses are taken for one costs a line, and nothing else: it is in the sum.
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash | 0
}
