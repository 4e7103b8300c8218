// A timeline of which only the last part is wanted: so that a server can be watched for days, and so
// that a picture shows the last seconds.
import { lifeAt } from './moment.ts'
import type { Lane, Timeline } from './timeline.ts'

/** A process of the model prefork can have served any number. */
const mostClients = 100

/**
 * Forgets what was over before a time: processes that were gone by then, and what the others did. The
 * lists stay the same ones, their entries get new numbers.
 */
export function forget(timeline: Timeline, before: number): void {
  if (before <= timeline.start) return
  timeline.start = before
  const { lanes, births, signals, events } = timeline
  keep(lanes, lane => lifeAt(lane, before) !== 'gone')
  const numbers = new Map(lanes.map(({ id }, index) => [id, index]))
  const isKept = (lane: number | undefined) => lane === undefined || numbers.has(lane)
  const newNumber = (lane: number): number => numbers.get(lane) as number
  for (const lane of lanes) {
    // Its parent may be gone.
    lane.parent = numbers.get(lane.parent ?? -1)
    if (lane.reaped) lane.reaped.by = numbers.get(lane.reaped.by ?? -1)
    lane.id = newNumber(lane.id)
    forgetActs(lane, before)
  }
  forgetFiles(timeline)

  keep(births, ({ at, parent, child }) => at >= before && isKept(parent) && isKept(child))
  keep(signals, ({ at, lane, to }) => at >= before && isKept(lane) && isKept(to))
  keep(events, ({ at, lane }) => at >= before && isKept(lane))
  for (const birth of births) {
    birth.parent = newNumber(birth.parent)
    birth.child = newNumber(birth.child)
  }
  for (const one of [...signals, ...events]) one.lane = newNumber(one.lane)
  for (const signal of signals) if (signal.to !== undefined) signal.to = newNumber(signal.to)
  timeline.calls = []
}

function forgetActs(lane: Lane, before: number): void {
  const isOpen = ({ to }: { to: number | null }) => to === null || to >= before
  keep(lane.boxes, isOpen)
  keep(lane.handlers, isOpen)
  keep(lane.holdings, isOpen)
  keep(lane.calls, isOpen)
  for (const call of lane.calls) call.lane = lane.id
  lane.clients.splice(0, lane.clients.length - mostClients)
}

function forgetFiles({ lanes, files }: Timeline): void {
  const used = new Set(lanes.flatMap(({ holdings }) => holdings.map(({ file }) => file)))
  keep(files, ({ id }) => used.has(id))
  const numbers = new Map(files.map(({ id }, index) => [id, index]))
  for (const file of files) file.id = numbers.get(file.id) as number
  for (const { holdings } of lanes)
    for (const holding of holdings) holding.file = numbers.get(holding.file) as number
}

function keep<Entry>(list: Entry[], isKept: (entry: Entry) => boolean): void {
  let count = 0
  for (const entry of list) if (isKept(entry)) list[count++] = entry
  list.length = count
}
