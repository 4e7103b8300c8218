// How many clients of one source may come in a time.
import { type Source, SourceTable, type Table } from './sources.ts'

/** So many clients at once; then one more each time that this share of the seconds has passed. */
export interface Rate {
  clients: number
  seconds: number
}

/** The rate that a text names, as `10/60`; undefined if it names none. */
export function rateFrom(text: string): Rate | undefined {
  const [, clients, seconds] = /^(\d{1,6})\/(\d{1,5}(?:\.\d+)?)$/.exec(text) ?? []
  const rate = { clients: Number(clients), seconds: Number(seconds) }
  return rate.clients >= 1 && rate.seconds > 0 ? rate : undefined
}

/** Sums of intervals are not exact: so many ms more do not count. */
const roundingMs = 0.001

/**
 * Gives each source its allowance: the generic cell rate algorithm of ITU-T I.371. One number is
 * remembered of a source, the time at which its allowance will be whole again.
 */
export class RateLimit {
  readonly #periodMs: number
  readonly #intervalMs: number
  readonly #whole: Table<number>

  constructor({ clients, seconds }: Rate, whole: Table<number> = new SourceTable()) {
    this.#whole = whole
    this.#periodMs = seconds * 1000
    this.#intervalMs = this.#periodMs / clients
  }

  /**
   * Takes one client off the allowance of a source. Who is refused is not counted: it has its
   * allowance back after the same time, however often it tries.
   *
   * @param now ms of the monotonic clock
   * @returns false if nothing is left of it
   */
  take(source: Source, now: number): boolean {
    return this.#whole.update(source, old => {
      const whole = Math.max(now, old ?? now) + this.#intervalMs
      return whole - now > this.#periodMs + roundingMs ? undefined : whole
    })
  }
}
