// Where events are written. With one system call each, at once: the daemon process runs no event
// loop that could write later, and a logger with a thread would make fork unsafe. And without ever
// waiting: a reader that is slow or gone, or a full disk, costs lines, which are counted.
import { resolve } from 'node:path'
import { ENOSPC, O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } from '../posix/constants.ts'
import { close, open } from '../posix/descriptors.ts'
import { isSystemError, systemError } from '../posix/errors.ts'
import { sharedMemory } from '../posix/memory.ts'
import { getpid } from '../posix/processes.ts'
import { asFd, type Fd } from '../posix/types.ts'
import { writeNow } from '../posix/writeNow.ts'
import {
  type Happening,
  type LogFormat,
  type LogLevel,
  levelOf,
  type ServerEvent,
} from './events.ts'
import { jsonLine, type Line, textLine } from './logLine.ts'
import { RefusalLines } from './refusalLines.ts'

const levels: LogLevel[] = ['error', 'info', 'debug']

/** Numbers in the memory that the daemon and its server processes share. */
const counters = { dropped: 0, unsaid: 1, errno: 2, torn: 3 } as const

/** Where the lines of a process go. */
export class Log {
  format: LogFormat
  level: LogLevel
  readonly #file: string | undefined
  readonly #refusals = new RefusalLines()
  readonly #shared = new Int32Array(sharedMemory(4 * Object.keys(counters).length))
  #fd: Fd

  /** @param file default: standard error */
  constructor(format: LogFormat, level: LogLevel, file?: string) {
    this.format = format
    this.level = level
    // The daemon process changes its directory, and reopens it.
    this.#file = file === undefined ? undefined : resolve(file)
    this.#fd = this.#file === undefined ? asFd(2) : openLog(this.#file)
  }

  /** The lines that could not be written, by whichever process. */
  get dropped(): number {
    return Atomics.load(this.#shared, counters.dropped)
  }

  /** Whether there will be a line for it. */
  shows(happening: Happening): boolean {
    return (
      this.format !== 'none' && levels.indexOf(levelOf(happening)) <= levels.indexOf(this.level)
    )
  }

  write(event: ServerEvent): void {
    if (!this.shows(event)) return
    if (event.event === 'rejected' && this.level !== 'debug') {
      this.sumUpIfDue()
      if (!this.#refusals.hasLine(event.reason, event.client, performance.now())) return
    }
    this.#writeLine(event)
  }

  /** Milliseconds until refusals that had no line are to be summed up; -1: there are none. */
  timeLeft(): number {
    return this.#refusals.timeLeft(performance.now())
  }

  sumUpIfDue(): void {
    if (this.timeLeft() === 0) this.sumUp()
  }

  /** A line for each reason, with the number of refusals that had none of their own. */
  sumUp(): void {
    for (const [reason, suppressed] of this.#refusals.take()) {
      const time = new Date().toISOString()
      this.#writeLine({ event: 'rejected', reason, suppressed, time, pid: getpid() })
    }
  }

  #writeLine(line: Line): void {
    this.#sayDropped(line)
    if (!this.#put(line)) this.#drop(1)
  }

  /** After the file was moved away: goes on in a new one of the same name. */
  reopen(): string | undefined {
    if (this.#file === undefined) return undefined
    const fd = openLog(this.#file)
    close(this.#fd)
    this.#fd = fd
    return this.#file
  }

  #put(event: Line): boolean {
    const line = this.format === 'json' ? jsonLine(event) : textLine(event)
    try {
      // After half a line, the next one begins where a line begins.
      const isTorn = this.#shared[counters.torn] === 1
      const bytes = Buffer.from(isTorn ? `\n${line}` : line)
      const isWhole = writeNow(this.#fd, bytes) === bytes.length
      this.#shared[counters.torn] = isWhole ? 0 : 1
      if (isWhole) return true
      this.#shared[counters.errno] = ENOSPC
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.#shared[counters.errno] = -error.errno
    }
    return false
  }

  #drop(lines: number): void {
    Atomics.add(this.#shared, counters.dropped, lines)
    Atomics.add(this.#shared, counters.unsaid, lines)
  }

  // Once, by whoever is the first that can write again.
  #sayDropped({ time, pid }: Line): void {
    const lines = Atomics.exchange(this.#shared, counters.unsaid, 0)
    if (lines === 0) return
    const errno = this.#shared[counters.errno] as number
    const message = `log lines dropped: ${lines}: ${systemError(errno, 'write').message}`
    if (!this.#put({ event: 'error', message, time, pid }))
      Atomics.add(this.#shared, counters.unsaid, lines)
  }
}

// O_NOCTTY: a daemon that opens a terminal must not become that terminal's. O_NONBLOCK: to open a
// FIFO is not to wait for its reader either; nobody shares what is opened here.
const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK
const openLog = (file: string) => open(file, flags, 0o640)
