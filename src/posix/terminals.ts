// posix_openpt grantpt unlockpt ptsname
import { binding } from './binding.ts'
import { check, systemError } from './errors.ts'
import { asFd, type Fd } from './types.ts'

/** A pseudo-terminal: a program gets the file as its terminal, and who holds the master sees it. */
export interface Terminal {
  master: Fd
  path: string
}

/**
 * Makes a pseudo-terminal, as posix_openpt(3) with grantpt and unlockpt. It is nobody's controlling
 * terminal.
 *
 * @returns the master, and the path of the terminal
 * @throws SystemError ENOENT, ENOSPC: there are no more, or none at all
 * @see posix_openpt(3), ptsname(3), pty(7)
 * @example
 * const { master, path } = openTerminal()
 */
export function openTerminal(): Terminal {
  const master = asFd(check(binding.openTerminal(), 'posix_openpt'))
  const path = binding.ptsname(master)
  if (typeof path === 'string') return { master, path }
  binding.close(master)
  throw systemError(-path, 'ptsname')
}
