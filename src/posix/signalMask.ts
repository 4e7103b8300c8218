// The signal mask of the main thread, and what waits behind it.
import { binding } from './binding.ts'
import { systemError } from './errors.ts'
import { namesOf, numbersOf, type Signal } from './signalNames.ts'
import { deliverSignals, nodeBlocks, watchSignals } from './signals.ts'

/**
 * Examines and changes which signals the main thread blocks, as sigprocmask(2). A blocked signal
 * waits: it is delivered when it is unblocked, before this call returns.
 *
 * @param how `SIG_BLOCK`, `SIG_UNBLOCK` or `SIG_SETMASK`
 * @returns the mask until now
 * @throws SystemError EINVAL: `how` is none of the three
 * @see sigprocmask(2)
 * @example
 * const old = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
 * sigprocmask(SIG_SETMASK, old)
 */
export function sigprocmask(how: number, signals: readonly Signal[]): NodeJS.Signals[] {
  watchSignals() // libuv's handlers must be known: they are left alone
  const numbers = numbersOf(signals, 'signals')
  const old = binding.setMask(how, numbers)
  if (typeof old === 'number') throw systemError(-old, 'sigprocmask')
  for (const number of numbers) nodeBlocks.delete(number)
  deliverSignals()
  return namesOf(old)
}

/**
 * The blocked signals that wait for the main thread, as sigpending(2).
 *
 * @returns their names; those that are not blocked are never among them
 * @throws nothing
 * @see sigpending(2)
 * @example
 * sigprocmask(SIG_BLOCK, ['SIGHUP'])
 * kill(getpid(), 'SIGHUP')
 * sigpending() // [ 'SIGHUP' ]
 */
export function sigpending(): NodeJS.Signals[] {
  return namesOf(binding.pendingSignals())
}

/**
 * Waits, with `mask` in place of the signal mask, until a signal has been caught and its handler
 * has run, as sigsuspend(2). That call always fails with EINTR; this one simply returns.
 *
 * @throws TypeError: no signal of this system is among them. What a handler throws comes out of it
 * @see sigsuspend(2)
 * @example
 * const old = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
 * while (!ended) sigsuspend(old)
 */
export function sigsuspend(mask: readonly Signal[]): void {
  binding.suspend(numbersOf(mask, 'mask'))
  deliverSignals()
}
