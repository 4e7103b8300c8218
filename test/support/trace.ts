import { readFileSync } from 'node:fs'
import { timelineOf } from '../../src/timeline/model.ts'
import { laneOf, tableAt } from '../../src/timeline/moment.ts'
import { readTrace } from '../../src/timeline/read.ts'
import type { Lane, Timeline } from '../../src/timeline/timeline.ts'
import type { CallLine, EventLine, SignalLine, TraceLine } from '../../src/trace/line.ts'
import { descriptors } from './proc.ts'

/** A trace that is whole. */
export function traceIn(file: string): TraceLine[] {
  const { lines, unreadable, isCutOff } = readTrace(readFileSync(file, 'utf8'))
  if (unreadable.length > 0 || isCutOff) throw new Error(`lines ${unreadable}, cut: ${isCutOff}`)
  return lines
}

export const timelineIn = (file: string): Timeline => timelineOf(traceIn(file))

/** The calls of that name that have not failed. */
export const callsOf = (lines: readonly TraceLine[], name: string): CallLine[] =>
  lines.filter(
    (line): line is CallLine => 'call' in line && line.call === name && line.error === undefined,
  )

export const eventsOf = (lines: readonly TraceLine[], event: string): EventLine[] =>
  lines.filter((line): line is EventLine => 'event' in line && line.event === event)

export const signalsOf = (lines: readonly TraceLine[], signal: string): SignalLine[] =>
  lines.filter((line): line is SignalLine => 'handler' in line && line.signal === signal)

export function processIn(timeline: Timeline, pid: number): Lane {
  const lane = laneOf(timeline, pid)
  if (!lane) throw new Error(`no process ${pid} in the trace`)
  return lane
}

/** The sockets of a process, as the kernel shows them and as the trace does: by descriptor. */
export function socketTables(file: string, pid: number): { kernel: number[]; trace: number[] } {
  const kernel = [...descriptors(pid)]
    .filter(([fd, name]) => fd > 2 && name.startsWith('socket:'))
    .map(([fd]) => fd)
    .sort((a, b) => a - b)
  const timeline = timelineIn(file)
  const rows = tableAt(processIn(timeline, pid), timeline, timeline.length)
  const kinds = ['top', 'socket', 'accepted']
  return { kernel, trace: rows.filter(row => kinds.includes(row.file.kind)).map(({ fd }) => fd) }
}
