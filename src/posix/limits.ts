import { binding } from './binding.ts'
import { check, systemError, wrongArgument } from './errors.ts'

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
 * @see getrlimit(2)
 * @example
 * getrlimit(RLIMIT_NOFILE).soft
 */
export function getrlimit(resource: number): ResourceLimit {
  const limit = binding.getrlimit(resource)
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
  check(binding.setrlimit(resource, limit.soft, limit.hard), 'setrlimit')
}
