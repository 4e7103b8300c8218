import { describeStatus } from '../posix/status.ts'
import type { Happening, Status } from './events.ts'

/** What has happened how often since the start. */
export class Counts {
  #accepted = 0
  #rejected = 0
  #peak = 0
  readonly #ended: Record<string, number> = {}
  readonly #refused: Status['refused'] = {}
  readonly #started = performance.now()

  count(happening: Happening): void {
    switch (happening.event) {
      case 'accepted':
        this.#accepted++
        break
      case 'forked':
        this.#peak = Math.max(this.#peak, happening.children)
        break
      case 'reaped':
        increase(this.#ended, describeStatus(happening.status))
        break
      case 'rejected':
        this.#rejected++
        increase(this.#refused, happening.reason)
    }
  }

  /** @param dropped lines of the log */
  status(children: number, dropped: number): Status {
    return {
      children,
      accepted: this.#accepted,
      rejected: this.#rejected,
      refused: this.#refused,
      peak: this.#peak,
      ended: this.#ended,
      uptime: Math.round((performance.now() - this.#started) / 1000),
      dropped,
    }
  }
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
