// Writes down what this process and all that it forks do: each system call, each signal, each box of
// the flowchart. All calls go through the binding, so that is what is replaced; where nobody asks for
// a trace, nothing of this is loaded, and every call is what it was.
//
// A line is written at once, with one write(2) to a file opened with O_APPEND: nothing is kept back
// that a fork could double or a SIGKILL could take away, and lines of different processes never mix.
import { writeSync } from 'node:fs'
import { type Binding, binding } from '../posix/binding.ts'
import { F_DUPFD_CLOEXEC } from '../posix/constants.ts'
import { delivery } from '../posix/signals.ts'
import { tracing } from '../posix/tracing.ts'
import { asFd, type Fd } from '../posix/types.ts'
import { type Told, tellers } from './calls.ts'
import type { CallLine, EventLine, SignalLine, StartLine, StepLine } from './line.ts'
import { errorName } from './names.ts'

/** The version of the format of the lines. */
const version = 1

/** Out of the way: the program finds the numbers that it would find without a trace. */
const farAway = 250

const { getpid, getppid, close, fcntl } = binding

/** What each line says of the process in which it is written. */
const here: { pid: number; role?: string; box?: string } = { pid: getpid() }

let file: number
let isPlaying = false

/**
 * From now on, what this process does is written to a file, and so is what its children do.
 *
 * @param trace of openTrace or temporaryTrace; it is moved out of the way
 */
export function beginTrace(trace: Fd): void {
  file = moveAway(trace)
  tracing.now = { file: asFd(file), enter, note, play }
  const argv = process.argv.slice(1)
  const time = new Date().toISOString()
  put<StartLine>({ trace: version, ppid: getppid(), time, argv })
  for (const name of Object.keys(tellers) as (keyof Binding)[]) replace(name)
  delivery.call = deliver
  // Of a process that is not forked: children end by _exit.
  process.on('exit', code => put<CallLine>({ call: 'exit', args: [code] }))
}

function moveAway(fd: Fd): number {
  const far = fcntl(fd, F_DUPFD_CLOEXEC, farAway)
  if (far < 0) return fd // it may not have so many
  close(fd)
  return far
}

function replace(name: keyof Binding): void {
  const tell = tellers[name] as NonNullable<(typeof tellers)[keyof Binding]>
  const call = binding[name] as (...args: unknown[]) => unknown
  const noted = (...args: unknown[]): unknown => {
    const isLast = mayBeLast(name, args)
    if (isLast) put<CallLine>(beginning(name, tell(args, 0)))
    const t = process.hrtime()
    const result = call(...args)
    if (name === 'fork' && result === 0) return bornNow()
    const dt = nanoseconds(process.hrtime(t))
    if (!isLast || isFailure(result)) put<CallLine>(ended(name, tell(args, result), dt, result), t)
    return result
  }
  Object.assign(binding, { [name]: noted })
}

// Nobody could tell of these afterwards.
function mayBeLast(name: keyof Binding, [first]: unknown[]): boolean {
  // What is wrong with its argument is no system call's business.
  if (name === '_exit') return Number.isInteger(first)
  return name === 'execve' || (name === 'kill' && first === here.pid)
}

type Fields<Line> = Omit<Line, 't' | 'pid'>

const beginning = (name: string, told: Told): Fields<CallLine> => ({ call: name, ...told })

function ended(name: string, told: Told, dt: number, result: unknown): Fields<CallLine> {
  if (typeof result !== 'number') return { call: name, ...told, dt }
  return {
    call: name,
    ...told,
    dt,
    ...(isFailure(result) ? { error: errorName(-result) } : { result }),
  }
}

const isFailure = (result: unknown): result is number => typeof result === 'number' && result < 0

// In the child, where it stands in no box yet.
function bornNow(): number {
  here.pid = getpid()
  standIn(undefined, undefined)
  put<CallLine>({ call: 'fork', args: [], result: 0, ppid: getppid() })
  return 0
}

const deliver: typeof delivery.call = (handler, signal) => {
  const { box } = here
  if (here.role === 'daemon') here.box = 'process signals'
  put<SignalLine>({ signal, handler: 'begins' })
  try {
    handler(signal)
  } finally {
    put<SignalLine>({ signal, handler: 'returns' })
    standIn(here.role, box)
  }
}

function standIn(role: string | undefined, box: string | undefined): void {
  if (role === undefined) delete here.role
  else here.role = role
  if (box === undefined) delete here.box
  else here.box = box
}

function enter(role: string, box?: string): void {
  if (here.role === role && here.box === box) return
  standIn(role, box)
  put<StepLine>({ role, enters: true })
}

// All is done but the writing: what is played is to be compiled.
function play(): () => void {
  const { role, box } = here
  const wasPlaying = isPlaying
  isPlaying = true
  return () => {
    standIn(role, box)
    isPlaying = wasPlaying
  }
}

const note = (happening: object) => put<EventLine>(happening as Fields<EventLine>)

const nanoseconds = ([seconds, rest]: [number, number]) => seconds * 1e9 + rest

let hasFailed = false

// The time as text: more than a hundred days after the start of the system, a number of JavaScript
// has no room for nanoseconds.
function put<Line>(fields: Fields<Line>, [seconds, rest] = process.hrtime()): void {
  const text = JSON.stringify({ ...here, ...fields })
  const t = `${seconds}${String(rest).padStart(9, '0')}`
  const line = `{"t":${t},${text.slice(1)}\n`
  if (isPlaying || hasFailed) return
  try {
    writeSync(file, line)
  } catch {
    // The disk is full, say. The server goes on; half a line is told by whoever reads the trace.
    hasFailed = true
  }
}
