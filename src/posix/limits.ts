// getrlimit setrlimit getpriority setpriority
import { binding } from './binding.ts'
import { check, systemError, wrongArgument } from './errors.ts'
import type { Pid } from './types.ts'

/** A soft limit, which holds, and the hard one up to which it may be raised. `Infinity`: none. */
export interface ResourceLimit {
  soft: number
  hard: number
}

/**
 * A limit of this process, as getrlimit(2). Node raises the soft limit of descriptors to the hard
 * one when it starts.
 *
 * @param resource `RLIMIT_NOFILE`, `RLIMIT_AS` …
 * @param pid another process; default: this one
 * @returns both limits, in the unit of the resource: bytes, seconds, a number; `Infinity` for none
 * @throws SystemError ESRCH: there is no such process; EPERM: it is another user's
 * @see getrlimit(2); of another process prlimit(2) on Linux, kern.proc.rlimit of sysctl(3) on
 * FreeBSD
 * @example
 * getrlimit(RLIMIT_NOFILE).soft
 */
export function getrlimit(resource: number, pid?: Pid): ResourceLimit {
  const limit = binding.getrlimit(resource, pid)
  if (typeof limit === 'number') throw systemError(-limit, 'getrlimit')
  return limit
}

/**
 * Sets a limit of this process and of the children that it forks from now on, as setrlimit(2).
 *
 * @throws SystemError EPERM: a hard limit raised without the right; EINVAL: soft above hard
 * @see setrlimit(2)
 * @example
 * setrlimit(RLIMIT_CORE, { soft: 0, hard: 0 })
 */
export function setrlimit(resource: number, limit: ResourceLimit): void {
  if (limit == null) throw wrongArgument('limit', '{soft, hard}')
  const result = binding.setrlimit(resource, limit.soft, limit.hard)
  if (result < 0) throw systemError(-result, 'setrlimit', nameOf(resource))
}

const prefix = 'RLIMIT_'

/** The limits that this system has, by name as people write it: `nofile`, `as`, `cpu` … */
export const resourceNumbers: ReadonlyMap<string, number> = new Map(
  Object.entries(binding.constants)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, number]) => [name.slice(prefix.length).toLowerCase(), number]),
)

function nameOf(resource: number): string {
  for (const [name, number] of resourceNumbers) if (number === resource) return name
  return String(resource)
}

/**
 * The nice value of a process, as getpriority(2): from -20, the most urgent, to 19.
 *
 * @param which `PRIO_PROCESS`, `PRIO_PGRP` or `PRIO_USER`: what `who` is the id of
 * @param who 0 for the caller's own; of several processes, the most urgent one counts
 * @returns the nice value
 * @throws SystemError ESRCH: there is no such process
 * @see getpriority(2)
 * @example
 * getpriority(PRIO_PROCESS, 0)
 */
export function getpriority(which: number, who: number): number {
  const nice = new Int32Array(1)
  check(binding.getpriority(which, who, nice), 'getpriority')
  return nice[0] as number
}

/**
 * Sets the nice value of a process, as setpriority(2); children inherit it. Values out of range are
 * brought into it.
 *
 * @param nice from -20, the most urgent, to 19
 * @throws SystemError EACCES: a lower value than now, without the right; EPERM: another's process
 * @see setpriority(2)
 * @example
 * setpriority(PRIO_PROCESS, 0, 10)
 */
export function setpriority(which: number, who: number, nice: number): void {
  check(binding.setpriority(which, who, nice), 'setpriority')
}
