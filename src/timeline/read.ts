// The text of a trace, taken apart.
import type { CallLine, TraceLine } from '../trace/line.ts'

export interface Trace {
  /** In the order in which they came to their end: that is when a call has had its effect. */
  lines: TraceLine[]
  /** Lines that are no whole object of JSON, by number, the first being 1. */
  unreadable: number[]
  /** The last line has no end: whoever wrote it was interrupted. */
  isCutOff: boolean
}

/** The text is no trace, and why. */
export class NotATrace extends Error {}

/**
 * Reads a trace. A line that was not written whole is left out and told of.
 *
 * @throws NotATrace
 */
export function readTrace(text: string): Trace {
  if (text === '') throw new NotATrace('it is empty')
  const isCutOff = !text.endsWith('\n')
  const lines: TraceLine[] = []
  const unreadable: number[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    const read = lineFrom(line)
    if (read) lines.push(read)
    else unreadable.push(index + 1)
  }
  const first = lines[0]
  if (!first || !('trace' in first)) throw new NotATrace('its first line is not that of a trace')
  if (first.trace !== 1) throw new NotATrace(`it has version ${first.trace}, and 1 is known here`)
  return { lines: lines.sort((a, b) => endOf(a) - endOf(b)), unreadable, isCutOff }
}

const endOf = (line: TraceLine): number =>
  line.t + ('call' in line ? ((line as CallLine).dt ?? 0) : 0)

function lineFrom(text: string): TraceLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<TraceLine> | null
    const isWhole = Number.isFinite(line?.t) && Number.isInteger(line?.pid)
    return isWhole ? (line as TraceLine) : undefined
  } catch {
    return undefined
  }
}
