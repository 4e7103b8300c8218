// What a trace comes to: a lane for each process, with its boxes, signals, descriptors, birth and end.
// Only types. Times are nanoseconds since the beginning of the trace.
import type { WaitStatus } from '../posix/status.ts'

/** A process. Its number in the list of lanes names it: process ids are used again. */
export interface Lane {
  id: number
  pid: number
  /** The lane of its parent, if the trace has it. */
  parent: number | undefined
  /** What it is in the end: `top`, `daemon`, `server`, `spare` …; empty if it is no server's. */
  role: string
  /** The clients that it has served. */
  clients: string[]
  born: number
  /** When it ended; undefined: it is there still when the trace ends. */
  ended: End | undefined
  reaped: Reaped | undefined
  boxes: BoxSpan[]
  handlers: HandlerSpan[]
  calls: Call[]
  holdings: Holding[]
  /** The programs that it has become. */
  programs: { at: number; name: string }[]
}

export interface End {
  at: number
  /** False where it ended without a word, by a signal, say: it was so late at the latest. */
  isExact: boolean
}

export interface Reaped {
  at: number
  /** The lane of its parent; undefined: forgotten. */
  by: number | undefined
  status: WaitStatus
}

/** The time that a process spends in a box of the flowchart. */
export interface BoxSpan {
  from: number
  to: number
  role: string
  box: string
}

/** From the beginning to the end of a handler. */
export interface HandlerSpan {
  from: number
  to: number
  signal: string
}

export interface Call {
  from: number
  to: number
  lane: number
  /** As a program in C would have it, with what came of it: `accept(5) = 7`. */
  text: string
  name: string
  failed: boolean
}

/** What open(2), socket(2) or accept(2) makes; descriptors are its names, in one process or several. */
export interface OpenFile {
  id: number
  kind: 'standard' | 'top' | 'socket' | 'accepted' | 'pipe' | 'file' | 'unknown'
  /** `top socket 127.0.0.1:7777`, `accepted socket of 127.0.0.1:40000` */
  name: string
}

/** That a process has a descriptor, from when to when. */
export interface Holding {
  fd: number
  file: number
  from: number
  to: number
  /** A program that the process becomes has it, too. */
  kept: boolean
}

/** fork, from the parent's lane to the child's. */
export interface Birth {
  at: number
  parent: number
  child: number
}

/** A signal that a process sends, or that arrives at one. */
export interface SignalMark {
  at: number
  lane: number
  signal: string
  kind: 'sent' | 'handled' | 'deadly'
  /** For `sent`: the lane of the process that it is sent to. */
  to?: number
}

/** An event of the server's log. */
export interface Happened {
  at: number
  lane: number
  event: string
  text: string
}

export interface Timeline {
  /** The time of day of the beginning, ISO 8601. */
  time: string
  argv: string[]
  /** What was before is forgotten; 0 where all is there. */
  start: number
  /** The end, counted from the beginning of the trace. */
  length: number
  lanes: Lane[]
  files: OpenFile[]
  births: Birth[]
  signals: SignalMark[]
  events: Happened[]
  /** In the order of time. */
  calls: Call[]
}
