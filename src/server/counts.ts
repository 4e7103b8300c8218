import { describeStatus } from '../posix/status.ts'
import type { Happening, Status } from './events.ts'

/** What has happened how often since the start. */
export class Counts {
  #accepted = 0
  #rejected = 0
  #peak = 0
  readonly #ended: Record<string, number> = {}
  readonly #rejections: Record<string, number> = {}
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
        increase(this.#rejections, shortReason(happening.reason))
    }
  }

  /** @param dropped lines of the log */
  status(children: number, dropped: number): Status {
    return {
      children,
      accepted: this.#accepted,
      rejected: this.#rejected,
      peak: this.#peak,
      ended: this.#ended,
      uptime: Math.round((performance.now() - this.#started) / 1000),
      rejections: this.#rejections,
      dropped,
    }
  }
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

// Of an error its code, of anything longer what stands before the colon: so few that each can be
// counted.
const shortReason = (reason: string) =>
  /\(([A-Z][A-Z0-9]+)\)$/.exec(reason)?.[1] ?? (reason.split(':')[0] as string)
