// A trace: what the processes of a program did, an object of JSON a line. Only types: whoever reads a
// trace shares them, also in a browser.
import type { WaitStatus } from '../posix/status.ts'

/** What all lines have. */
export interface Moment {
  /** Nanoseconds of CLOCK_MONOTONIC, the same clock for all processes. */
  t: number
  pid: number
  /** `top`, `daemon`, `server` …; none in a program that is not a server. */
  role?: string
  /** The box of the flowchart in which the process stands. */
  box?: string
}

/** The first line of a process that was not forked but started, of which a trace has one or several. */
export interface StartLine extends Moment {
  /** The version of this format. */
  trace: number
  ppid: number
  /** The time of day, ISO 8601. */
  time: string
  argv: string[]
}

export type Argument = string | number | Argument[]

/** A descriptor that a call has opened. */
export interface Opened {
  fd: number
  /** `socket`, `accepted`, `pipe`, `file`; `copy` of the descriptor `of`. */
  kind: 'socket' | 'accepted' | 'pipe' | 'file' | 'copy'
  /** The path of a file, the client of an accepted socket, the end of a pipe. */
  name?: string
  of?: number
  /** True if a program that the process turns into has it, too. */
  kept?: true
}

/** A system call, written when it has come back; `_exit` and `execve`, which do not, when they begin. */
export interface CallLine extends Moment {
  call: string
  args: Argument[]
  /** How many nanoseconds it took, waiting included. */
  dt?: number
  result?: number
  /** The name of its error, as `EINTR`. */
  error?: string
  opened?: Opened[]
  closed?: number[]
  /** The address that a call has told or was given. */
  address?: string
  /** Of a child that has ended. With `WNOWAIT` it is not collected. */
  status?: WaitStatus
  /** In a child, of fork: its parent. */
  ppid?: number
}

/** The handler of a signal begins, or has returned. */
export interface SignalLine extends Moment {
  signal: NodeJS.Signals
  handler: 'begins' | 'returns'
}

/** The process has come to another box. */
export interface StepLine extends Moment {
  role: string
  enters: true
}

/** An event of the server, as its log and `onEvent` have it. */
export interface EventLine extends Moment {
  event: string
  client?: string
  child?: number
  [field: string]: unknown
}

export type TraceLine = StartLine | CallLine | SignalLine | StepLine | EventLine
