// waitpid waitid
import { binding } from './binding.ts'
import { P_ALL, P_PGID, P_PID } from './constants.ts'
import { wrongArgument } from './errors.ts'
import { interruptible, watchSignals } from './signals.ts'
import { childStatus, type WaitStatus, waitStatus } from './status.ts'
import { asPid, type Pid } from './types.ts'

/**
 * Waits for a child to end and collects it, as waitpid(2): its process id and its status, which
 * are then gone from the system.
 *
 * @param pid the child; -1 any child, 0 any of the own process group, -N any of group N.
 * -1 also takes the children of `node:child_process`, which then never see their exit event.
 * @param options `WNOHANG`, `WUNTRACED`, `WCONTINUED`, or'ed; default 0
 * @returns null with `WNOHANG` if no child has ended yet
 * @throws SystemError ECHILD: no such child; EINTR: a signal came whose handler has no SA_RESTART
 * @see waitpid(2)
 * @example
 * const pid = fork()
 * if (pid === 0) _exit(7)
 * waitpid(pid) // { pid, status: { kind: 'exited', code: 7 } }
 */
export function waitpid(pid: Pid | -1 | 0, options = 0): { pid: Pid; status: WaitStatus } | null {
  watchSignals()
  const found = interruptible(() => binding.waitpid(pid, options, status), 'waitpid')
  return found === 0 ? null : { pid: asPid(found), status: waitStatus(status[0] as number) }
}

// One for all calls, each of which reads it before anything else can run: memory that is made for a
// call costs a daemon process that forks four pages of malloc's, which it has shared with its child.
const status = new Int32Array(1)

const types = new Map([
  ['all', P_ALL],
  ['pid', P_PID],
  ['group', P_PGID],
])

/** Whom waitid(2) waits for. */
export type WaitTarget = { type: 'all' } | { type: 'pid' | 'group'; id: Pid }

/**
 * Waits for a child as waitpid does, but can also only look: with `WNOWAIT` the child stays to be
 * collected.
 *
 * @param options at least one of `WEXITED`, `WSTOPPED`, `WCONTINUED`; `WNOHANG`, `WNOWAIT`
 * @returns null with `WNOHANG` if there is none
 * @throws SystemError ECHILD, EINTR, EINVAL (no kind of event asked for)
 * @see waitid(2)
 * @example
 * waitid({ type: 'all' }, WEXITED | WNOHANG | WNOWAIT) // who has ended? Nobody is collected.
 */
export function waitid(
  target: WaitTarget,
  options: number,
): { pid: Pid; status: WaitStatus } | null {
  const type = types.get(target?.type)
  if (type === undefined)
    throw wrongArgument('target', "{type: 'all'}, {type: 'pid' or 'group', id}")
  const id = target.type === 'all' ? 0 : target.id
  watchSignals()
  const child = { code: 0, status: 0 }
  const found = interruptible(() => binding.waitid(type, id, options, child), 'waitid')
  return found === 0 ? null : { pid: asPid(found), status: childStatus(child.code, child.status) }
}
