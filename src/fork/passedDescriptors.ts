// Descriptors that a service manager has passed on, as sd_listen_fds(3) describes it: LISTEN_FDS of
// them from descriptor 3 on, for the process LISTEN_PID, named by LISTEN_FDNAMES.
import { F_SETFD } from '../posix/constants.ts'
import { fcntl } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid } from '../posix/processes.ts'
import { asFd, type Fd } from '../posix/types.ts'

export interface Passed {
  fd: Fd
  /** What the service manager calls it; by default the name of its unit. */
  name: string
}

const first = 3
const variables = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES']

/** The descriptors that were passed to this process; none if they were meant for another. */
export function passedDescriptors(): Passed[] {
  const { LISTEN_PID, LISTEN_FDS = '', LISTEN_FDNAMES = '' } = process.env
  if (Number(LISTEN_PID) !== getpid()) return []
  const names = LISTEN_FDNAMES.split(':')
  const count = /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0
  return Array.from({ length: count }, (_, index) => ({
    fd: asFd(first + index),
    name: names[index] || 'unknown',
  }))
}

/** The same, once: programs that are started from here must not take them for their own. */
export function takePassedDescriptors(): Passed[] {
  const passed = passedDescriptors()
  for (const name of variables) delete process.env[name]
  return passed
}

/** Node has made them close-on-exec at its start, as it does with all that it inherits. */
export function keepPassedDescriptors(): void {
  for (const { fd } of passedDescriptors()) {
    try {
      fcntl(fd, F_SETFD, 0)
    } catch (error) {
      // Fewer were passed than were announced: whoever uses them says so.
      if (!isSystemError(error, 'EBADF')) throw error
    }
  }
}
