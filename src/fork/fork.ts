// fork(2) with all around it that makes it right in Node.
//
//   parent   at load: Math.random, process.pid, timers        random identity timers
//            once: exit path, output                          exitPath output
//            started with the flags, no Worker                launch checkFork workers
//            hooks of libraries                               hooks
//            what will the child have to drop or renew?       timers inherited crypto identity
//   native   other threads parked, no request in flight       native/examine.cc
//            all signals blocked, V8's memory inheritable     native/fork.cc
//            ── fork ──
//   child    a wake pipe of its own, the event loop repaired  native/fork.cc
//            the parent's sockets and watchers dead           native/inherited.cc
//            timers, listeners, sockets of the parent dropped timers inherited
//            what the caller has to repair; hooks             hooks
//            signals unblocked
//   parent   signals unblocked; hooks
import { binding } from '../posix/binding.ts'
import { EBUSY } from '../posix/constants.ts'
import { systemError } from '../posix/errors.ts'
import { caught, handledSignals } from '../posix/signals.ts'
import { asPid, type Pid } from '../posix/types.ts'
import { checkFork, ForkUnsafeError, reasonsFromStart } from './checkFork.ts'
import { drawnPools, type Pool, renewPools } from './crypto.ts'
import {
  dropExitListeners,
  type ExitListeners,
  exitListeners,
  hasExitListeners,
  prepareExitPath,
} from './exitPath.ts'
import { hooks } from './hooks.ts'
import { prepareIdentity, refreshIdentity } from './identity.ts'
import { dropInherited, signalListeners } from './inherited.ts'
import { lineage } from './lineage.ts'
import { heldOutput, prepareOutput } from './output.ts'
import './random.ts'
import { dropTimers, hasTimers } from './timers.ts'
import { liveWorkers, prepareWorkers } from './workers.ts'

/**
 * Makes a copy of this process, as fork(2): the child goes on from the same place with the same
 * variables, and with the same descriptors, which both now hold. Dispositions of signals stay,
 * the child has none pending. Both have an event loop that works.
 *
 * The event loop of the child is empty: timers, sockets, servers and listeners of signals are the
 * parent's, which does not notice the fork. Promises are memory, and exist in both: what waits for
 * its turn in the queues of microtasks and of process.nextTick happens in both.
 *
 * @returns in the parent the process id of the child; 0 in the child
 * @throws ForkUnsafeError where it would not be safe; its `reasons` say why and what to do.
 * SystemError EAGAIN: too many processes; ENOMEM: not enough memory; EMFILE, ENFILE: not the two
 * descriptors that it takes to look at the other threads
 * @see fork(2); docs/fork.md: row by row, what a fork copies in Node
 * @example
 * const pid = fork()
 * if (pid === 0) _exit(7)
 * console.log(waitpid(pid)) // { pid, status: { kind: 'exited', code: 7 } }
 */
export function fork(): Pid | 0 {
  return forkWith()
}

/**
 * As fork, with a step of the caller's in the child before its first signal can arrive.
 *
 * @param repair runs in the child with all signals blocked
 */
export const forkAndRepair = (repair: () => void): Pid | 0 => forkWith(repair)

/**
 * As fork, for a child that goes its own way: from its first moment it leads a process group, has
 * the default for every signal that this process catches, and blocks none.
 *
 * @param title what ps(1) shows of the child
 * @param repair as of forkAndRepair
 */
export const forkApart = (title: string, repair?: () => void): Pid | 0 => forkWith(repair, title)

function forkWith(repair?: () => void, title?: string): Pid | 0 {
  const isSafe = reasonsFromStart().length === 0 && liveWorkers() === 0 && heldOutput().length === 0
  if (!isSafe) throw new ForkUnsafeError(checkFork())
  prepare()
  for (const hook of hooks.before) hook()
  const pid = forkPatiently(repair, title)
  if (pid === 0) return 0
  for (const hook of hooks.inParent) hook()
  if (pid === -EBUSY) throw new ForkUnsafeError(reasonsNow())
  if (pid < 0) throw systemError(-pid, 'fork')
  return asPid(pid)
}

let isPrepared = false

// Once, in the parent, instead of in each child.
function prepare(): void {
  if (isPrepared) return
  isPrepared = true
  prepareExitPath()
  prepareOutput()
  prepareWorkers()
}

/** 1 in a child in which the native part has silenced something of the parent's. */
const silenced = new Uint8Array(1)

// A child does as little as can be: each function that it is the first to call, it has to compile,
// and each page that it writes to, to copy. So the parent looks what there will be to do.
function forkNow(repair: () => void = nothing, title?: string): number {
  const repairs: Repairs = {
    exits: hasExitListeners() ? exitListeners() : [],
    timers: hasTimers(),
    signals: signalListeners(),
    pools: drawnPools(),
    pidIsImported: prepareIdentity(),
    repair,
  }

  return forkAs(thisProcess, repairs, title)
}

const nothing = () => {}
const none: typeof caught = new Map()

/** What there is to do in the child, as its parent has found it. */
interface Repairs {
  exits: ExitListeners
  timers: boolean
  signals: string[]
  pools: Pool[]
  pidIsImported: boolean
  repair: () => void
}

/** Of whom a copy is made. */
interface Parent {
  system: Pick<typeof binding, 'fork'>
  ancestry: typeof lineage
  handlers: typeof caught
  inherited: Uint8Array
  hooks: typeof hooks
}

const thisProcess: Parent = {
  system: binding,
  ancestry: lineage,
  handlers: caught,
  inherited: silenced,
  hooks,
}

function forkAs(parent: Parent, repairs: Repairs, title?: string): number {
  const { system, handlers, inherited } = parent
  const pid =
    title === undefined ? system.fork(inherited) : system.fork(inherited, title, handledSignals())
  if (pid === 0) repairChild(parent, title === undefined ? none : handlers, repairs)
  return pid
}

function repairChild(
  { ancestry, inherited, hooks: { inChild } }: Parent,
  handlers: typeof caught,
  { exits, timers, signals, pools, pidIsImported, repair }: Repairs,
): void {
  ancestry.forks++
  if (handlers.size > 0) handlers.clear()
  if (timers) dropTimers()
  for (const signal of signals) process.removeAllListeners(signal)
  if (exits.length > 0) dropExitListeners(exits)
  if (inherited[0] !== 0) dropInherited()
  if (pools.length > 0) renewPools(pools)
  if (pidIsImported) refreshIdentity()
  try {
    repair()
    for (const hook of inChild) hook()
  } finally {
    binding.unblock()
  }
}

const noHooks: typeof hooks = { before: [], inParent: [], inChild: [] }

/**
 * Plays what a child does first, in the parent and without effect: V8 has then compiled it, and knows
 * what it works on. Each child would learn that anew, and would first have to take back what V8 has
 * meanwhile compiled for the parent, as if no fork ever returned 0.
 */
export function rehearseChild(times: number): void {
  // As forkNow makes them, but empty.
  const system = { fork: () => 0 }
  const [signals, pools] = [signalListeners().slice(0, 0), drawnPools().filter(() => false)]
  for (let time = 0; time < times; time++) {
    const repairs: Repairs = {
      exits: [],
      timers: false,
      signals,
      pools,
      pidIsImported: false,
      repair: nothing,
    }
    const handlers: typeof caught = new Map()
    handlers.set(0, { handler: nothing, flags: 0, mask: [] })
    const ancestry = { forks: 0 }
    const inherited = new Uint8Array(1)
    const parent = { system, ancestry, handlers, inherited, hooks: noHooks }
    forkAs(parent, repairs, time % 2 === 0 ? 'a child' : undefined)
  }
}

/** How often a fork is tried when a thread was busy, and no longer is once one asks for the reason. */
const tries = 5

// Each try waits half a second for the threads to rest. Where the processors have much more to
// do than they can, a thread with almost nothing to do takes longer.
function forkPatiently(repair?: () => void, title?: string): number {
  for (let left = tries; ; left--) {
    const pid = forkNow(repair, title)
    if (pid !== -EBUSY || left === 1 || checkFork().length > 0) return pid
  }
}

function reasonsNow() {
  const reasons = checkFork()
  if (reasons.length > 0) return reasons
  const message = 'a thread was busy at the moment of the fork'
  return [{ code: 'busy-thread' as const, message, remedy: 'try again' }]
}
