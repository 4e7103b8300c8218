import type { Lane, Timeline } from './timeline.ts'

/** In JSON, what has no end yet has null. */
interface Span {
  to: number | null
}

/** Ends the timeline at that time: what still goes on then is open beyond it. Also to have it grow. */
export function settle(timeline: Timeline, length: number): void {
  for (const lane of timeline.lanes) {
    const over = lane.ended?.at ?? length + 1
    const latest = Math.min(timeline.length, over)
    for (const spans of spansOf(lane))
      for (const span of spans) if (span.to === null || span.to > latest) span.to = over
  }
  timeline.length = length
}

const spansOf = ({ boxes, handlers, holdings }: Lane): Span[][] => [boxes, handlers, holdings]
