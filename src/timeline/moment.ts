// One moment of a timeline: who is there, in which box, and holds what.
import type { BoxSpan, Call, Holding, Lane, OpenFile, Timeline } from './timeline.ts'

/** What a process is at a moment: it runs; it has ended and is not collected; or it is not there. */
export type Life = 'unborn' | 'running' | 'zombie' | 'gone'

export function lifeAt(lane: Lane, at: number): Life {
  if (at < lane.born) return 'unborn'
  if (!lane.ended || at < lane.ended.at) return 'running'
  return lane.reaped && at >= lane.reaped.at ? 'gone' : hasZombie(lane) ? 'zombie' : 'gone'
}

/** The time between its end and its collection; undefined: it has not ended, or nobody in the trace could collect it. */
export function zombieOf(lane: Lane, timeline: Timeline): { from: number; to: number } | undefined {
  if (!lane.ended || !hasZombie(lane)) return undefined
  return { from: lane.ended.at, to: lane.reaped?.at ?? timeline.length }
}

// The parent of a process that was started is not in the trace.
const hasZombie = ({ reaped, parent }: Lane) => reaped !== undefined || parent !== undefined

/** The box of the flowchart, with the process signals above all others; undefined: in none. */
export function boxAt(lane: Lane, at: number): Pick<BoxSpan, 'role' | 'box'> | undefined {
  if (lifeAt(lane, at) !== 'running') return undefined
  const isIn = ({ from, to }: { from: number; to: number }) => from <= at && at < to
  const span = lane.boxes.findLast(isIn)
  if (span?.role === 'daemon' && lane.handlers.some(isIn))
    return { role: 'daemon', box: 'process signals' }
  return span
}

/** From when to when daemon processes drain: they accept nobody any more, and wait for their children. */
export function drainsOf({
  events,
  lanes,
}: Timeline): { lane: number; from: number; to: number }[] {
  return events
    .filter(({ event }) => event === 'draining')
    .map(({ at, lane }) => {
      const stopped = events.find(
        one => one.event === 'stopped' && one.lane === lane && one.at > at,
      )
      return { lane, from: at, to: stopped?.at ?? lanes[lane]?.ended?.at ?? at }
    })
}

/** The calls of all processes, in the order of time. */
export const callsOf = (lanes: readonly Lane[]): Call[] =>
  lanes.flatMap(lane => lane.calls).sort((a, b) => a.from - b.from)

/** A row of the descriptor table of a process. */
export interface Row {
  fd: number
  file: OpenFile
}

/** The descriptor table of a process. */
export function tableAt(lane: Lane, timeline: Timeline, at: number): Row[] {
  if (lifeAt(lane, at) !== 'running') return []
  return lane.holdings
    .filter(holding => isHeld(holding, at))
    .map(({ fd, file }) => ({ fd, file: timeline.files[file] as OpenFile }))
    .sort((a, b) => a.fd - b.fd)
}

const isHeld = ({ from, to }: Holding, at: number) => from <= at && at < to

/** The last lane of that process id; as long as the system runs, it can be several processes'. */
export const laneOf = (timeline: Timeline, pid: number): Lane | undefined =>
  timeline.lanes.findLast(lane => lane.pid === pid)
