// fork(2) with all around it that makes it right in Node.
//
//   parent   once: exit path, output, randomness, identity    prepare()
//            hooks of libraries                               hooks.ts
//            started with the flags, no Worker                launch.ts, checkFork.ts
//   native   other threads parked, no request in flight       native/examine.cc
//            all signals blocked, V8's memory inheritable     native/fork.cc
//            ── fork ──
//   child    a wake pipe of its own, the event loop repaired  native/fork.cc
//            exit path                                        exitPath.ts
//            the parent's timers, sockets, watchers, signals  timers.ts, inherited.ts
//            randomness, identity                             random.ts, identity.ts
//            what the caller has to repair; hooks
//            signals unblocked
//   parent   signals unblocked; hooks
import { binding } from '../posix/binding.ts'
import { EBUSY } from '../posix/constants.ts'
import { systemError } from '../posix/errors.ts'
import { asPid, type Pid } from '../posix/types.ts'
import { checkFork, ForkUnsafeError, reasonsFromStart } from './checkFork.ts'
import { prepareCrypto } from './crypto.ts'
import { prepareExitPath, takeExitPath } from './exitPath.ts'
import { runBefore, runInChild, runInParent } from './hooks.ts'
import { prepareIdentity, refreshIdentity } from './identity.ts'
import { dropInherited } from './inherited.ts'
import { becomeChild } from './lineage.ts'
import { prepareOutput, writeOutputAtOnce } from './output.ts'
import { prepareRandom, renewRandom } from './random.ts'
import { dropTimers } from './timers.ts'
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
 * SystemError EAGAIN: too many processes; ENOMEM: not enough memory
 * @see fork(2); docs/fork.md: row by row, what a fork copies in Node
 * @example
 * const pid = fork()
 * if (pid === 0) _exit(7)
 * console.log(waitpid(pid)) // { pid, status: { kind: 'exited', code: 7 } }
 */
export function fork(): Pid | 0 {
  return forkAndRepair(() => {})
}

/**
 * As fork, with a step of the caller's in the child before its first signal can arrive.
 *
 * @param repair runs in the child with all signals blocked
 */
export function forkAndRepair(repair: () => void): Pid | 0 {
  if (reasonsFromStart().length > 0 || liveWorkers() > 0) throw new ForkUnsafeError(checkFork())
  prepare()
  runBefore()
  const pid = forkNow(repair)
  if (pid !== 0) runInParent()
  if (pid === -EBUSY) throw new ForkUnsafeError(reasonsNow())
  if (pid < 0) throw systemError(-pid, 'fork')
  return pid === 0 ? 0 : asPid(pid)
}

// What is done once in the parent costs its children nothing.
function prepare(): void {
  if (!isPrepared) {
    isPrepared = true
    prepareExitPath()
    prepareOutput()
    prepareRandom()
    prepareWorkers()
  }
  prepareCrypto()
  prepareIdentity()
}
let isPrepared = false

function forkNow(repair: () => void): number {
  const pid = binding.fork()
  if (pid !== 0) return pid
  becomeChild()
  takeExitPath()
  writeOutputAtOnce()
  dropTimers()
  dropInherited()
  renewRandom()
  refreshIdentity()
  try {
    repair()
    runInChild()
  } finally {
    binding.unblock()
  }
  return 0
}

// What kept the fork from being safe may be over by the time that it is asked for.
function reasonsNow() {
  const reasons = checkFork()
  if (reasons.length > 0) return reasons
  const message = 'a thread was busy at the moment of the fork'
  return [{ code: 'busy-thread' as const, message, remedy: 'try again' }]
}
