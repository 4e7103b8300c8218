// The soft limit of descriptors that a program is to find. Node raises its own to the hard one when it
// starts, which programs that use select(2), or close whatever there might be, do not expect.
import { RLIMIT_NOFILE } from '../posix/constants.ts'
import { isSystemError } from '../posix/errors.ts'
import { getrlimit, type ResourceLimit, setrlimit } from '../posix/limits.ts'
import { getppid } from '../posix/processes.ts'

/**
 * Puts the soft limit back that this process was started with, which is that of its parent. The
 * daemon process holds few descriptors itself, and its children have the limit from it.
 *
 * @returns false where it cannot be known: it is left as it is
 */
export function restoreDescriptorLimit(): boolean {
  const own = getrlimit(RLIMIT_NOFILE)
  const before = limitOfParent()
  // Another hard limit: somebody between the parent and Node has set both.
  if (before?.hard !== own.hard || before.soft > own.soft) return false
  if (before.soft < own.soft) setrlimit(RLIMIT_NOFILE, before)
  return true
}

function limitOfParent(): ResourceLimit | undefined {
  const parent = getppid()
  if (parent === 0) return undefined // outside of the container
  try {
    return getrlimit(RLIMIT_NOFILE, parent)
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}
