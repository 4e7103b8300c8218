// Refusals in the log: whoever is refused again and again, and were it from thousands of addresses,
// must not fill it.
import type { RejectReason } from './events.ts'

/** In one second so many refusals have a line of their own. */
export const linesPerSecond = 10
const secondMs = 1000

/** Of these, who it happens to comes does not matter: one address stands for all. */
const ofTheSystem: readonly RejectReason[] = ['descriptors', 'memory', 'processes', 'unsafe']

/** How many of a reason had no line of their own. */
export type Sum = [reason: RejectReason, suppressed: number]

/**
 * Tells which refusals have a line of their own: in each second the first one of an address for a
 * reason, and of these the first ten. The others are counted, and their sums are due when the second
 * is over.
 */
export class RefusalLines {
  #end = Number.NEGATIVE_INFINITY
  readonly #seen = new Set<string>()
  readonly #sums = new Map<RejectReason, number>()

  /**
   * @param client its address and port, if it is known
   * @param now ms of the monotonic clock; sums that are due have been taken
   */
  hasLine(reason: RejectReason, client: string | undefined, now: number): boolean {
    if (now >= this.#end) {
      this.#end = now + secondMs
      this.#seen.clear()
    }
    const from = ofTheSystem.includes(reason) ? '' : client?.replace(/:\d+$/, '')
    const who = `${reason} ${from}`
    if (this.#seen.size < linesPerSecond && !this.#seen.has(who)) {
      this.#seen.add(who)
      return true
    }
    this.#sums.set(reason, (this.#sums.get(reason) ?? 0) + 1)
    return false
  }

  /** Milliseconds until sums are due; -1: there are none. */
  timeLeft(now: number): number {
    return this.#sums.size === 0 ? -1 : Math.max(0, Math.ceil(this.#end - now))
  }

  /** The sums so far; they start at none again. */
  take(): Sum[] {
    const sums = [...this.#sums]
    this.#sums.clear()
    return sums
  }
}
