// An event as a line: for people, or an object of JSON.
import { PIPE_BUF } from '../posix/constants.ts'
import { type Endpoint, formatAddress } from '../posix/sockets.ts'
import { describeStatus, type WaitStatus } from '../posix/status.ts'
import type { Pid } from '../posix/types.ts'
import type { RejectReason, ServerEvent } from './events.ts'
import { dashed } from './options.ts'

/** An event, or how many more were rejected that had no line of their own. */
export type Line =
  | ServerEvent
  | { event: 'rejected'; reason: RejectReason; suppressed: number; time: string; pid: Pid }

/** What stands where the rest of a line is missing. */
const mark = '…[cut]'

/** A line has at most so many bytes: as many as a pipe takes whole, whoever else writes into it. */
const longest = PIPE_BUF

const fits = (line: string) => Buffer.byteLength(line) <= longest

/** One object, valid also where something had to be cut. */
export function jsonLine(event: Line): string {
  const { time, event: name, pid, ...fields } = event
  const { status, ...rest } = fields as { status?: WaitStatus }
  const object = { time, event: name, pid, ...rest, ...endOf(status) }
  const line = `${JSON.stringify(object)}\n`
  return fits(line) ? line : cutJson(object, Object.keys(rest))
}

// Its texts, the longest first, as far as need be.
function cutJson(object: Record<string, unknown>, keys: string[]): string {
  const lineWith = (key: string, value: string) =>
    `${JSON.stringify({ ...object, [key]: value })}\n`
  const texts = keys.filter(key => typeof object[key] === 'string')
  const lengthOf = (key: string) => (object[key] as string).length
  for (const key of texts.sort((a, b) => lengthOf(b) - lengthOf(a))) {
    // A character is at least a byte; how many more it is in JSON shows only there.
    const text = (object[key] as string).slice(0, longest)
    if (fits(lineWith(key, mark)))
      return lineWith(
        key,
        longestThat(text, it => fits(lineWith(key, it))),
      )
    object[key] = mark
  }
  const { time, event, pid } = object
  return `${JSON.stringify({ time, event, pid, cut: true })}\n`
}

/** The longest beginning of a text that, with the mark, passes. */
function longestThat(text: string, passes: (text: string) => boolean): string {
  let [low, high] = [0, text.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (passes(text.slice(0, middle) + mark)) low = middle
    else high = middle - 1
  }
  // Not half a pair of surrogates.
  return text.slice(0, low).replace(/[\ud800-\udbff]$/, '') + mark
}

function endOf(status: WaitStatus | undefined): object {
  if (status?.kind === 'exited') return { code: status.code }
  return status?.kind === 'signaled' ? { signal: status.signal } : {}
}

/** The line that a person, or a script that waits for the port, looks for. */
export function listeningLine(address: Endpoint, pid: number): string {
  return `truefork: listening on ${formatAddress(address)} (pid ${pid})\n`
}

/** The line by which a person finds the live page. */
export const liveLine = (url: string): string => `truefork: live at ${url}\n`

/** A line, or with a stack several, which are written together. */
export function textLine(event: Line): string {
  if (event.event === 'listening') return listeningLine(event, event.pid)
  if (event.event === 'live') return liveLine(event.url)
  const { time: _time, event: name, pid: _pid, ...fields } = event
  const { stack, ...plain } = fields as { stack?: string }
  const words = Object.entries(plain).map(([key, value]) => `${dashed(key)}=${textOf(key, value)}`)
  const trace = stack === undefined ? '' : `\n${stack.replace(/^/gm, '    ')}`
  return cutText(`truefork: ${[name, ...words].join(' ')}${trace}\n`)
}

function cutText(line: string): string {
  if (fits(line)) return line
  const bytes = Buffer.from(line)
  let end = longest - Buffer.byteLength(`${mark}\n`)
  // Not in the middle of a character: its further bytes are 10xxxxxx.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}${mark}\n`
}

function textOf(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  if (key === 'status') return quoted(describeStatus(value as WaitStatus))
  if (typeof value !== 'object' || value === null) return quoted(String(value))
  const counts = Object.entries(value).map(([name, count]) => `${name}: ${count}`)
  return quoted(counts.join(', ') || 'none')
}

const quoted = (text: string) => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text))
