// The text of a trace, taken apart.
import * as v from 'valibot'
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
  checkFirst(lines[0])
  return { lines: lines.sort((a, b) => endOf(a) - endOf(b)), unreadable, isCutOff }
}

/** @throws NotATrace: no trace begins with this line */
export function checkFirst(line: TraceLine | undefined): void {
  if (!line || !('trace' in line)) throw new NotATrace('its first line is not that of a trace')
  if (line.trace !== 1) throw new NotATrace(`it has version ${line.trace}, and 1 is known here`)
}

const endOf = (line: TraceLine): number =>
  line.t + ('call' in line ? ((line as CallLine).dt ?? 0) : 0)

// Of what a line has, all that is used; each has some of it.
const anyLine = v.looseObject({
  t: v.number(),
  pid: v.number(),
  box: v.optional(v.string()),
  role: v.optional(v.string()),
  call: v.optional(v.string()),
  dt: v.optional(v.number()),
  result: v.optional(v.number()),
  error: v.optional(v.string()),
  opened: v.optional(v.array(v.looseObject({ fd: v.number(), kind: v.string() }))),
  closed: v.optional(v.array(v.number())),
  ppid: v.optional(v.number()),
  event: v.optional(v.string()),
})
const callLine = v.looseObject({
  args: v.array(v.unknown()),
  status: v.optional(v.looseObject({ kind: v.string() })),
})
const startLine = v.looseObject({ argv: v.array(v.string()), time: v.string() })

/** What a line says; undefined: it was not written whole. */
export function lineFrom(text: string): TraceLine | undefined {
  try {
    const read = JSON.parse(text)
    const isWhole =
      v.is(anyLine, read) &&
      (!('call' in read) || v.is(callLine, read)) &&
      (!('trace' in read) || v.is(startLine, read))
    return isWhole ? (read as unknown as TraceLine) : undefined
  } catch {
    return undefined
  }
}
