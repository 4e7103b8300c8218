import { sharedMemory } from '../posix/memory.ts'
import { describeStatus } from '../posix/status.ts'
import { type Happening, rejectReasons, type Status } from './events.ts'

const cells = ['accepted', ...rejectReasons] as const

/** What has happened how often since the start; of clients, also what server processes report. */
export class Counts {
  readonly #shared = new BigUint64Array(
    sharedMemory(cells.length * BigUint64Array.BYTES_PER_ELEMENT),
  )
  #peak = 0
  readonly #ended: Record<string, number> = {}
  readonly #started = performance.now()

  count(happening: Happening): void {
    switch (happening.event) {
      case 'accepted':
        Atomics.add(this.#shared, 0, 1n)
        break
      case 'forked':
        this.#peak = Math.max(this.#peak, happening.children)
        break
      case 'reaped':
        increase(this.#ended, describeStatus(happening.status))
        break
      case 'rejected':
        Atomics.add(this.#shared, cells.indexOf(happening.reason), 1n)
    }
  }

  #of(cell: number): number {
    return Number(Atomics.load(this.#shared, cell))
  }

  /** @param dropped lines of the log */
  status(children: number, dropped: number): Status {
    const refused: Status['refused'] = {}
    let rejected = 0
    for (const reason of rejectReasons) {
      const count = this.#of(cells.indexOf(reason))
      if (count > 0) refused[reason] = count
      rejected += count
    }
    return {
      children,
      accepted: this.#of(0),
      rejected,
      refused,
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
