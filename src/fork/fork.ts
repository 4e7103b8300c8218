// fork(2) with all around it that makes it right in Node.
//
//   parent   the process was started with the flags           launch.ts
//            no Worker, loader thread, inspector, profiler    checkFork.ts
//   native   other threads parked, no request in flight       native/examine.cc
//            all signals blocked, V8's memory inheritable     native/fork.cc
//            ── fork ──
//   child    a wake pipe of its own, the event loop repaired
//            exit path, identity                              exitPath.ts, identity.ts
//            what the caller has to repair
//            signals unblocked
import { binding } from '../posix/binding.ts'
import { EBUSY } from '../posix/constants.ts'
import { systemError } from '../posix/errors.ts'
import { asPid, type Pid } from '../posix/types.ts'
import { checkFork, ForkUnsafeError, reasonsFromStart } from './checkFork.ts'
import { prepareExitPath, takeExitPath } from './exitPath.ts'
import { refreshIdentity } from './identity.ts'
import { liveWorkers } from './workers.ts'

/**
 * Makes a copy of this process, as fork(2): the child goes on from the same place with the same
 * variables, and with the same descriptors, which both now hold. Dispositions of signals stay,
 * the child has none pending. Both have an event loop that works.
 *
 * Pending promises and microtasks exist in both: what must happen once should be done, or
 * awaited, before.
 *
 * @returns in the parent the process id of the child; 0 in the child
 * @throws ForkUnsafeError where it would not be safe; its `reasons` say why and what to do.
 * SystemError EAGAIN: too many processes; ENOMEM: not enough memory
 * @see fork(2), design and measurements in docs/flowchart.md
 * @example
 * const pid = fork()
 * if (pid === 0) _exit(7)
 * console.log(waitpid(pid)) // { pid, status: { kind: 'exited', code: 7 } }
 */
export function fork(): Pid | 0 {
  return forkAndRepair(refreshIdentity)
}

/**
 * As fork, with a step of the caller's in the child before its first signal can arrive.
 *
 * @param repair runs in the child with all signals blocked
 */
export function forkAndRepair(repair: () => void): Pid | 0 {
  if (reasonsFromStart().length > 0 || liveWorkers() > 0) throw new ForkUnsafeError(checkFork())
  prepareExitPath()
  const pid = binding.fork()
  if (pid === 0) {
    takeExitPath()
    repair()
    binding.unblock()
    return 0
  }
  if (pid === -EBUSY) throw new ForkUnsafeError(reasonsNow())
  if (pid < 0) throw systemError(-pid, 'fork')
  return asPid(pid)
}

// What kept the fork from being safe may be over by the time that it is asked for.
function reasonsNow() {
  const reasons = checkFork()
  if (reasons.length > 0) return reasons
  const message = 'a thread was busy at the moment of the fork'
  return [{ code: 'busy-thread' as const, message, remedy: 'try again' }]
}
