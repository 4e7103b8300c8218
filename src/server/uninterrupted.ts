import { isSystemError } from '../posix/errors.ts'

/** Makes a call again where a handler's own sigaction without SA_RESTART has cut it off. */
export function uninterrupted<Result>(call: () => Result): Result {
  for (;;) {
    try {
      return call()
    } catch (error) {
      if (!isSystemError(error, 'EINTR')) throw error
    }
  }
}
