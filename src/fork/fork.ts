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
import { EBUSY } from '../posix/constants.ts'
import { systemError } from '../posix/errors.ts'
import { asPid, type Pid } from '../posix/types.ts'
import { checkFork, ForkUnsafeError, reasonsFromStart } from './checkFork.ts'
import { prepareExitPath } from './exitPath.ts'
import { forkOnce } from './forkOnce.ts'
import { hooks } from './hooks.ts'
import { heldOutput, prepareOutput } from './output.ts'
import './random.ts'
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

/** How often a fork is tried when a thread was busy, and no longer is once one asks for the reason. */
const tries = 5

// Each try waits half a second for the threads to rest. Where the processors have much more to
// do than they can, a thread with almost nothing to do takes longer.
function forkPatiently(repair?: () => void, title?: string): number {
  for (let left = tries; ; left--) {
    const pid = forkOnce(repair, title)
    if (pid !== -EBUSY || left === 1 || checkFork().length > 0) return pid
  }
}

function reasonsNow() {
  const reasons = checkFork()
  if (reasons.length > 0) return reasons
  const message = 'a thread was busy at the moment of the fork'
  return [{ code: 'busy-thread' as const, message, remedy: 'try again' }]
}
