import { binding } from './binding.ts'

/** An error of a system call, shaped as Node shapes its own. */
export interface SystemError extends Error {
  /** The name of the error, as `EADDRINUSE`. */
  code: string
  /** The system's number of it, negated as Node has it: `-98`. */
  errno: number
  /** The call that failed, as `bind`. */
  syscall: string
}

/**
 * Makes the error of a failed system call, with the message that perror(3) would print.
 *
 * @param errno the positive number of the error
 * @param syscall the call, as `bind`
 * @param subject what it was about, as `127.0.0.1:80`
 */
export function systemError(errno: number, syscall: string, subject = ''): SystemError {
  const [code, text] = binding.describeErrno(errno)
  const about = subject === '' ? syscall : `${syscall} ${subject}`
  return Object.assign(new Error(`${about}: ${text} (${code})`), { code, errno: -errno, syscall })
}

/**
 * True for an error of a system call with one of these codes: `isSystemError(e, 'EINTR')`.
 *
 * @returns whether it is one, also of another code where none is named: then its `code`, `errno`
 * and `syscall` can be read
 * @throws nothing
 * @see errno(2)
 * @example
 * try {
 *   open('/nowhere', O_RDONLY)
 * } catch (error) {
 *   if (!isSystemError(error, 'ENOENT')) throw error
 * }
 */
export function isSystemError(error: unknown, ...codes: string[]): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false
  return codes.length === 0 || codes.includes(String(error.code))
}

/** Passes the result of a call on, or throws its errno, which the native part answers negated. */
export function check(result: number, syscall: string, subject?: string): number {
  if (result < 0) throw systemError(-result, syscall, subject)
  return result
}

/** The error of an argument that does not fit, as the native part throws it. */
export function wrongArgument(name: string, expected: string): TypeError {
  const message = `${name}: expected ${expected}`
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}
