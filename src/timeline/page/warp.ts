// How much room time has: the same everywhere; pauses squeezed; or as much for each step, however
// short it was. A program waits for seconds and then does in a millisecond what one wants to see.
import { scaleLinear } from 'd3-scale'
import type { Timeline } from '../timeline.ts'

export type Mode = 'time' | 'squeezed' | 'steps'

export interface Warp {
  /** From a time to a place between 0 and 1. */
  place(at: number): number
  /** And back. */
  time(place: number): number
  /** The stretches that have much less room than others. */
  pauses: { from: number; to: number }[]
}

/** All times at which something begins or ends, in their order. */
function instantsOf({ lanes, calls, signals, start, length }: Timeline): number[] {
  const times = [start, length]
  for (const { from, to } of calls) times.push(from, to)
  for (const { at } of signals) times.push(at)
  for (const { born, ended, reaped, boxes } of lanes) {
    times.push(born)
    if (ended) times.push(ended.at)
    if (reaped) times.push(reaped.at)
    for (const { from } of boxes) times.push(from)
  }
  return [...new Set(times)].filter(at => at >= start && at <= length).sort((a, b) => a - b)
}

/** A pause is so many times as long as the average distance of two instants. */
const noticeable = 4

export function warpOf(timeline: Timeline, mode: Mode): Warp {
  const instants = mode === 'time' ? [timeline.start, timeline.length] : instantsOf(timeline)
  const gaps = instants.slice(1).map((at, index) => at - (instants[index] as number))
  const longest = ((timeline.length - timeline.start) / Math.max(1, gaps.length)) * noticeable
  const widths = gaps.map(gap => (mode === 'steps' ? 1 : widthOf(gap, longest, mode)))
  const places = [0]
  for (const width of widths) places.push((places.at(-1) as number) + width)
  const total = places.at(-1) || 1
  const scale = scaleLinear(
    instants,
    places.map(place => place / total),
  )
  const pauses =
    mode === 'squeezed'
      ? gaps.flatMap((gap, index) =>
          gap > 3 * longest
            ? [{ from: instants[index] as number, to: instants[index + 1] as number }]
            : [],
        )
      : []
  return { place: at => scale(at), time: place => scale.invert(place), pauses }
}

// A longer pause is wider, but not much.
const widthOf = (gap: number, longest: number, mode: Mode): number =>
  mode === 'time' || gap <= longest ? gap : longest * (1 + Math.log2(gap / longest) / 3)
