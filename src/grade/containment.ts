// Nothing that a graded server has started outlives its check: not what went to the background, nor
// a fork bomb. RLIMIT_NPROC does not bind root, so this does not rest on it.
//
// Whoever loses its parent becomes a child of this process, so that all are found by descent. A
// process group is killed in one call, during which nobody in it can fork: a bomb ends at once.
import { RLIMIT_NPROC, SIGKILL, WNOHANG } from '../posix/constants.ts'
import { isSystemError } from '../posix/errors.ts'
import { getrlimit, setrlimit } from '../posix/limits.ts'
import { adoptOrphans, kill } from '../posix/processes.ts'
import { signalNumber } from '../posix/signalNames.ts'
import { describeStatus } from '../posix/status.ts'
import { asPid } from '../posix/types.ts'
import { waitpid } from '../posix/wait.ts'
import { everyProcess, fieldOf, ownDescendants, type Stat, statOf } from './processes.ts'

/** More processes than this, and it is a fork bomb. */
export const CEILING = 500

/** Everything that came of this process. */
export const family = (): Stat[] => ownDescendants()

/** To be called once, before the first server is started. */
export function contain(): void {
  adoptOrphans()
  process.on('exit', endAllNow)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + signalNumber(signal)))
  }
}

/**
 * Collects the orphans that have ended.
 *
 * @param own a child of node:child_process, which collects it itself
 * @returns how they ended, by pid
 */
export function collectOrphans(stats: readonly Stat[], own: number): Map<number, string> {
  const ended = new Map<number, string>()
  for (const { pid, state, parent } of stats) {
    if (state !== 'Z' || parent !== process.pid || pid === own) continue
    const found = waitpid(asPid(pid), WNOHANG)
    if (found) ended.set(pid, describeStatus(found.status))
  }
  return ended
}

/** Kills all that is left, group by group, until there is nothing. */
export async function endAll(own: number): Promise<void> {
  while (killOnce(own) > 0) await new Promise(resolve => setTimeout(resolve, 2))
}

function endAllNow(): void {
  const end = Date.now() + 10_000
  while (killOnce(0) > 0 && Date.now() < end);
}

function killOnce(own: number): number {
  const all = family()
  collectOrphans(all, own)
  const left = all.filter(({ state }) => state !== 'Z')
  const groups = new Set(left.map(({ group }) => group))
  // A group that is this process's own is that of a helper of Node's, if of anybody.
  const mine = statOf(process.pid)?.group
  for (const group of groups) if (group > 1 && group !== mine) killIfThere(-group)
  for (const { pid } of left) killIfThere(pid)
  return own === 0 ? left.length : all.length
}

function killIfThere(pid: number): void {
  try {
    kill(pid, SIGKILL)
  } catch (error) {
    if (!isSystemError(error, 'ESRCH', 'EPERM')) throw error
  }
}

/**
 * Runs `start`, with a limit of processes that what it starts inherits. A user who is not root is
 * bound by it, and with it a bomb that changes its group faster than anybody can look.
 */
export function withProcessLimit<T>(uid: number, start: () => T): T {
  const before = getrlimit(RLIMIT_NPROC)
  const soft = Math.min(before.hard, before.soft, threadsOfUser(uid) + 2 * CEILING)
  setrlimit(RLIMIT_NPROC, { soft, hard: before.hard })
  try {
    return start()
  } finally {
    setrlimit(RLIMIT_NPROC, before)
  }
}

/** What RLIMIT_NPROC counts. */
function threadsOfUser(uid: number): number {
  let count = 0
  for (const { pid } of everyProcess()) {
    if (Number(fieldOf(pid, 'Uid')?.split(/\s+/)[0]) !== uid) continue
    count += Number(fieldOf(pid, 'Threads') ?? 0)
  }
  return count
}
