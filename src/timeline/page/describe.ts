// What lies under the pointer, in words.
import { statusText } from '../callText.ts'
import { laneName } from '../laneName.ts'
import { lifeAt, zombieOf } from '../moment.ts'
import type { Lane } from '../timeline.ts'
import type { Geometry } from './geometry.ts'
import { duration, instant } from './time.ts'
import type { View } from './view.ts'

/** Pixels from which a mark still counts as under the pointer. */
const near = 6

export function describe(view: View, geometry: Geometry, x: number, y: number): string {
  const lane = geometry.laneAt(y)
  if (!lane) return ''
  if (x < geometry.gutter) return [laneName(lane), ...lane.clients.slice(0, 5)].join('\n')
  const at = geometry.time(x)
  const [from, to] = [geometry.time(x - near), geometry.time(x + near)]
  const marks = view.timeline.signals.filter(
    mark => mark.lane === lane.id && mark.at >= from && mark.at <= to,
  )
  const words = [
    `${laneName(lane)} at ${instant(at)}`,
    ...marks.slice(0, 3).map(({ signal, kind }) => `${signal} ${kind}`),
    what(view, lane, at),
    call(lane, at),
  ]
  return words.filter(Boolean).join('\n')
}

function what({ timeline }: View, lane: Lane, at: number): string {
  const life = lifeAt(lane, at)
  if (life === 'zombie') {
    const { from, to } = zombieOf(lane, timeline) as { from: number; to: number }
    const end = lane.reaped ? `collected as ${statusText(lane.reaped.status)}` : 'never collected'
    return `zombie for ${duration(to - from)}, ${end}`
  }
  if (life !== 'running') return ''
  const span = lane.boxes.findLast(({ from, to }) => from <= at && at < to)
  return span ? `${span.box}: ${duration(span.to - span.from)}` : ''
}

function call(lane: Lane, at: number): string {
  const made = lane.calls.findLast(({ from, to }) => from <= at && at <= to)
  return made ? `${made.text}: ${duration(made.to - made.from)}` : ''
}
