// Penalties: who makes server processes end as they should not is refused for a while.
import { isSignal } from '../posix/signalNames.ts'
import { describeStatus, type WaitStatus } from '../posix/status.ts'
import { type Source, SourceTable, type Table } from './sources.ts'

/** What an offence costs. */
export interface Tariff {
  /** Seconds by status, as describeStatus names it: `exited 255`, `SIGSEGV`. */
  seconds: ReadonlyMap<string, number>
  /** The longest penalty. */
  maxSeconds: number
}

/**
 * The penalties that a text names, one or several: `SIGSEGV=90`, `1=10 255=5`.
 *
 * @throws RangeError: what is wrong, and what would be right
 */
export const penaltiesFrom = (text: string): [status: string, seconds: number][] =>
  text.trim().split(/\s+/).map(entryFrom)

function entryFrom(text: string): [status: string, seconds: number] {
  const [, status = '', seconds = ''] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text) ?? []
  const code = /^\d+$/.test(status) ? Number(status) : undefined
  const isStatus = code === undefined ? isSignal(status) : code >= 1 && code <= 255
  if (isStatus && Number(seconds) > 0) {
    return [code === undefined ? status : `exited ${code}`, Number(seconds)]
  }
  throw new RangeError(
    'expected STATUS=SECONDS: a status from 1 to 255 or the name of a signal, as "255=5" or "SIGSEGV=90"',
  )
}

export interface Penalty {
  /** Refused until then, in ms of the monotonic clock. */
  until: number
  /** For how long the last offence had it refused, in ms. */
  duration: number
}

/**
 * Each offence adds its seconds to those of the one before, up to a maximum, and the source is
 * refused for so long. Once let in again it works them off: as long without an offence, and nothing
 * of them is left.
 */
export class Penalties {
  tariff: Tariff
  readonly #penalties: Table<Penalty>

  constructor(tariff: Tariff, penalties: Table<Penalty> = new SourceTable()) {
    this.tariff = tariff
    this.#penalties = penalties
  }

  /**
   * Notes how a server process has ended.
   *
   * @param now ms of the monotonic clock
   * @returns for how many seconds its source is refused from now; 0: that is no offence
   */
  note(source: Source, status: WaitStatus, now: number): number {
    const seconds = this.tariff.seconds.get(describeStatus(status))
    if (seconds === undefined) return 0
    let duration = 0
    this.#penalties.update(source, last => {
      duration = Math.min(owed(last, now) + seconds * 1000, this.tariff.maxSeconds * 1000)
      return { until: now + duration, duration }
    })
    return duration / 1000
  }

  /** For how many seconds yet a source is refused; 0: it is not. */
  left(source: Source, now: number): number {
    const last = this.#penalties.get(source)
    return last ? Math.max(0, last.until - now) / 1000 : 0
  }
}

const owed = (last: Penalty | undefined, now: number) =>
  last ? Math.max(0, last.duration - Math.max(0, now - last.until)) : 0
