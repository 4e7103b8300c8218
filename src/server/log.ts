// Events as lines. Written with one system call each, at once: the daemon process runs no event
// loop that could write later, and a logger with a thread would make fork unsafe.
import { writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { O_APPEND, O_CREAT, O_WRONLY } from '../posix/constants.ts'
import { close, open } from '../posix/descriptors.ts'
import { type Endpoint, formatAddress } from '../posix/sockets.ts'
import { describeStatus, type WaitStatus } from '../posix/status.ts'
import { asFd, type Fd } from '../posix/types.ts'
import {
  type Happening,
  type LogFormat,
  type LogLevel,
  levelOf,
  type ServerEvent,
} from './events.ts'

import { dashed } from './options.ts'

const levels: LogLevel[] = ['error', 'info', 'debug']

/** Where the lines of a process go. */
export class Log {
  format: LogFormat
  level: LogLevel
  readonly #file: string | undefined
  #fd: Fd

  /** @param file default: standard error */
  constructor(format: LogFormat, level: LogLevel, file?: string) {
    this.format = format
    this.level = level
    // The daemon process changes its directory, and reopens it.
    this.#file = file === undefined ? undefined : resolve(file)
    this.#fd = this.#file === undefined ? asFd(2) : openLog(this.#file)
  }

  /** Whether there will be a line for it. */
  shows(happening: Happening): boolean {
    return (
      this.format !== 'none' && levels.indexOf(levelOf(happening)) <= levels.indexOf(this.level)
    )
  }

  write(event: ServerEvent): void {
    if (!this.shows(event)) return
    const line = this.format === 'json' ? jsonLine(event) : textLine(event)
    writeWhole(this.#fd, line)
  }

  /** After the file was moved away: goes on in a new one of the same name. */
  reopen(): string | undefined {
    if (this.#file === undefined) return undefined
    const fd = openLog(this.#file)
    close(this.#fd)
    this.#fd = fd
    return this.#file
  }
}

const openLog = (file: string) => open(file, O_WRONLY | O_CREAT | O_APPEND, 0o640)

// A reader that is slow, or gone, must not stop the server: what does not fit is dropped.
function writeWhole(fd: Fd, line: string): void {
  const bytes = Buffer.from(line)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
  } catch {
    return
  }
}

function jsonLine(event: ServerEvent): string {
  const { time, event: name, pid, ...fields } = event
  const { status, ...rest } = fields as { status?: WaitStatus }
  const end =
    status?.kind === 'exited'
      ? { code: status.code }
      : status?.kind === 'signaled'
        ? { signal: status.signal }
        : {}
  return `${JSON.stringify({ time, event: name, pid, ...rest, ...end })}\n`
}

/** The line that a person, or a script that waits for the port, looks for. */
export function listeningLine(address: Endpoint, pid: number): string {
  return `truefork: listening on ${formatAddress(address)} (pid ${pid})\n`
}

function textLine(event: ServerEvent): string {
  if (event.event === 'listening') return listeningLine(event, event.pid)
  const { time: _time, event: name, pid: _pid, ...fields } = event
  const { stack, ...plain } = fields as { stack?: string }
  const words = Object.entries(plain).map(([key, value]) => `${dashed(key)}=${textOf(key, value)}`)
  const trace = stack === undefined ? '' : `\n${stack.replace(/^/gm, '    ')}`
  return `truefork: ${[name, ...words].join(' ')}${trace}\n`
}

function textOf(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  if (key === 'status') return quoted(describeStatus(value as WaitStatus))
  if (typeof value !== 'object' || value === null) return quoted(String(value))
  const counts = Object.entries(value).map(([name, count]) => `${name}: ${count}`)
  return quoted(counts.join(', ') || 'none')
}

const quoted = (text: string) => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text))
