// Would a server process live with what it is given? Tried out on one that serves nobody: under a
// limit that V8 cannot live with, every server process would end at its birth. One that becomes
// another program goes so far that the system has taken the program, and not a step further.
import { AF_UNIX, POLLIN, RLIMIT_CORE, SOCK_STREAM, WUNTRACED } from '../posix/constants.ts'
import { close, dup2, poll, read, write } from '../posix/descriptors.ts'
import { getrlimit, setrlimit } from '../posix/limits.ts'
import { sharedMemory } from '../posix/memory.ts'
import { _exit, alarm, kill } from '../posix/processes.ts'
import { socketpair } from '../posix/sockets.ts'
import { describeStatus, type WaitStatus } from '../posix/status.ts'
import { asFd, type Fd, type Pid } from '../posix/types.ts'
import { waitpid } from '../posix/wait.ts'
import { type Settings, unusable } from './configuration.ts'
import { enter } from './flowchart.ts'
import type { Program } from './program.ts'
import {
  amountText,
  type Limit,
  type Resources,
  resourcesFrom,
  takeResources,
} from './resources.ts'
import type { Client, Server } from './server.ts'
import { forkServerProcess } from './serverProcess.ts'

/** A process that does not come to its end within so many seconds does not live. */
const patience = 10
const refused = 1
const garbage = 200_000
const heapBytes = 2 ** 24
const tooMuch = 2 ** 46

/**
 * Tries out what the settings give to server processes.
 *
 * @param when at the start, the least that will do is looked for, too, which can take seconds
 * @throws TypeError or ConfigurationError: the system refuses it, or no server process would live
 */
export function tryResources(server: Server, settings: Settings, when: 'start' | 'reload'): void {
  const { limits, nice } = resourcesFrom(settings) ?? nothing
  const tryOut: TryOut = resources => tryOutOn(server, { ...nothing, ...resources })
  const reason = limits.length === 0 ? undefined : limitsObjection(limits, tryOut, when === 'start')
  if (reason !== undefined) throw unusable(server.given, 'limit', reason)
  const end = nice === undefined ? undefined : tryOut({ nice })
  if (end) throw unusable(server.given, 'nice', end.reason)
}

/**
 * Finds the program and has the system say whether it can be executed.
 *
 * @throws ProgramError
 */
export function tryProgram(server: Server, program: Program): void {
  program.find(server.settings)
  const end = tryOutOn(server, nothing)
  if (end) throw program.refusal(end.reason)
}

/** Tells how a process ended, or nothing if it lived; refused: it did not get what was asked for. */
type TryOut = (resources: Partial<Resources>) => { refused: boolean; reason: string } | undefined

function limitsObjection(
  limits: readonly Limit[],
  tryOut: TryOut,
  wantsHint: boolean,
): string | undefined {
  const end = tryOut({ limits })
  if (end === undefined || end.refused) return end?.reason
  const isBad = (limit: Limit) => tryOut({ limits: [limit] }) !== undefined
  const culprit = limits.length === 1 ? limits[0] : limits.find(isBad)
  if (!culprit) return `a server process does not live with them together (${end.reason})`
  const enough = wantsHint ? leastThatWorks(culprit, tryOut) : undefined
  const hint = enough === undefined ? '' : `; about ${amountText(enough)} is the least that will do`
  return `a server process does not live with ${culprit.text} (${end.reason})${hint}`
}

const nothing: Resources = { limits: [], nice: undefined, umask: undefined }

function tryOutOn(server: Server, resources: Resources): ReturnType<TryOut> {
  const [ours, its] = socketpair(AF_UNIX, SOCK_STREAM)
  const client: Client = { fd: its, address: { family: 'unix', path: '' }, name: 'a trial' }
  const pid = forkServerProcess(server, client)
  if (pid === 0) liveFor(resources, ours, its, server.program)
  close(its)
  try {
    const status = endOf(pid, server.program)
    if (!status || (status.kind === 'exited' && status.code === 0)) return undefined
    // Of one that was killed, the socket has what V8 says of its end.
    if (status.kind === 'signaled') return { refused: false, reason: describeStatus(status) }
    const buffer = Buffer.alloc(1024)
    const reason = buffer.toString('utf8', 0, read(ours, buffer))
    return { refused: status.kind === 'exited' && status.code === refused, reason }
  } finally {
    close(ours)
  }
}

// One that has become another program stops there, and is not to go on. Nothing tells of the stop:
// with WUNTRACED, waitpid looks for it by itself.
function endOf(pid: Pid, program: Program | undefined): WaitStatus | undefined {
  const status = waitpid(pid, program ? WUNTRACED : 0)?.status
  if (status?.kind !== 'stopped') return status
  kill(pid, 'SIGKILL')
  waitpid(pid)
  const { signal } = status
  return signal === 'SIGTRAP' ? undefined : { kind: 'signaled', signal, coreDumped: false }
}

function liveFor(resources: Resources, ours: Fd, its: Fd, program: Program | undefined): never {
  enter('trial')
  dup2(its, asFd(2))
  alarm(patience)
  leaveNoCore()
  try {
    takeResources(resources)
    leaveNoCore()
  } catch (error) {
    sayAndExit(its, error, refused)
  }
  try {
    if (program) program.rehearse(its)
    else live(ours, its)
  } catch (error) {
    sayAndExit(its, error, refused + 1)
  }
  return _exit(0)
}

const leaveNoCore = () => setrlimit(RLIMIT_CORE, { ...getrlimit(RLIMIT_CORE), soft: 0 })

function sayAndExit(its: Fd, error: unknown, status: number): never {
  write(its, (error as Error).message)
  return _exit(status)
}

// What any handler does, if only by accident: waits, takes memory, has it collected, and calls as
// deep as V8 lets it.
function live(ours: Fd, its: Fd): void {
  // Where there is no room for a heap that grows, V8 would only say so after a long search.
  sharedMemory(heapBytes)
  write(ours, 'x')
  poll([{ fd: its, events: POLLIN }], -1)
  read(its, Buffer.alloc(2 ** 20))
  for (let made = 0, kept: unknown; made < garbage; made++) kept = new Array(16).fill(kept && made)
  try {
    callYourself()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

const callYourself = (): number => 1 + callYourself()

// Twice as much until it lives, then halves of the interval.
function leastThatWorks(limit: Limit, tryOut: TryOut): number | undefined {
  const { hard } = getrlimit(limit.resource)
  const lives = (soft: number) => tryOut({ limits: [{ ...limit, soft, hard }] }) === undefined
  let low = limit.soft
  let high = Math.max(1, low * 2)
  for (; !lives(high); high *= 2) {
    if (high > Math.min(hard, tooMuch)) return undefined
    low = high
  }
  for (let step = 0; step < 4 && high - low > 1; step++) {
    const middle = Math.ceil((low + high) / 2)
    if (lives(middle)) high = middle
    else low = middle
  }
  return high
}
