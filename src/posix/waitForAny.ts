import { binding } from './binding.ts'
import { EINTR } from './constants.ts'
import { check, wrongArgument } from './errors.ts'
import { numbersOf, type Signal } from './signalNames.ts'
import { deliverSignals } from './signals.ts'
import type { Fd } from './types.ts'

/** A descriptor to watch, and for what: `POLLIN`, `POLLOUT`. The call sets `revents`. */
export interface PollFd {
  fd: Fd
  events: number
  revents?: number
}

/** The table of the last call, for the next one: to make it anew costs a new process some pages. */
let idle: Int32Array | undefined

// While a call has it, another one inside of it, as from a property of an entry, makes its own.
function takeTable(length: number): Int32Array {
  const table = idle?.length === length ? idle : new Int32Array(length)
  idle = undefined
  return table
}

/** What poll and ppoll have in common. @returns as the native part: -EINTR once signals are handled */
export function waitForAny(
  fds: readonly PollFd[],
  timeout: number,
  mask?: readonly Signal[],
): number {
  if (!Array.isArray(fds)) throw wrongArgument('fds', expected)
  const table = takeTable(fds.length * 3)
  for (let index = 0; index < fds.length; index++) {
    const entry = fds[index] as PollFd
    if (!isPollFd(entry)) throw wrongArgument('fds', expected)
    table[index * 3] = entry.fd
    table[index * 3 + 1] = entry.events
  }
  const blocked = mask == null ? undefined : numbersOf(mask, 'mask')
  const result = binding.poll(table, timeout, blocked)
  for (let index = 0; index < fds.length; index++) {
    const entry = fds[index] as PollFd
    entry.revents = table[index * 3 + 2] as number
  }
  idle = table
  // Never made again: the time that is left is known to nobody.
  if (result === -EINTR) deliverSignals()
  return result
}

/**
 * As poll, for a loop in which a signal is nothing unusual: no error is made for it.
 *
 * @returns how many are ready; 0 when the time is up; `'signal'` where signals have been handled
 * @throws SystemError EINVAL
 * @see poll(2)
 * @example
 * while (!isOver) if (pollOrSignal(watched, -1) !== 'signal') serve(watched)
 */
export function pollOrSignal(fds: readonly PollFd[], timeout: number): number | 'signal' {
  const result = waitForAny(fds, timeout)
  return result === -EINTR ? 'signal' : check(result, 'poll')
}

const expected = 'an array of {fd, events}'

const isPollFd = (entry: PollFd | null | undefined) => isInt(entry?.fd) && isInt(entry?.events)

const isInt = (number: unknown) => Number.isInteger(number) && Number(number) === ~~Number(number)
