import { binding } from './binding.ts'
import { EAGAIN, EINTR, EPIPE } from './constants.ts'
import { systemError } from './errors.ts'
import { deliverSignals } from './signals.ts'
import type { SocketAddress } from './sockets.ts'
import { asFd, type Fd } from './types.ts'

/** Who has been accepted, and at which of the sockets: its place in the list. */
export type Accepted = SocketAddress & { top: number }

/**
 * Waits for a client at any of several sockets, and takes it: for one of several processes that
 * accept from the same sockets. poll(2), then accept(2); the sockets have O_NONBLOCK.
 *
 * It is one call because it stands between two clients of a child that serves many, and because
 * where many wait most of them find that another was quicker: no error is made for that.
 *
 * @param tops descriptors of listening sockets, each in turn first in the list where fairness matters
 * @param lifeline the read end of a pipe whose write end nobody writes to
 * @param timeout in ms; -1 waits for ever
 * @param from is filled in
 * @returns the accepted descriptor; `'nobody'`: another process was quicker, the time is up, or
 * signals have been handled; `'alone'`: no process holds the write end of the lifeline any more
 * @throws SystemError EMFILE, ENFILE, ECONNABORTED and others of accept(2)
 * @see poll(2), accept(2)
 * @example
 * const accepted = acceptNext(new Int32Array([top]), lifeline, -1, from)
 */
export function acceptNext(
  tops: Int32Array,
  lifeline: Fd,
  timeout: number,
  from: Partial<Accepted>,
): Fd | 'nobody' | 'alone' {
  const accepted = binding.acceptNext(tops, lifeline, timeout, from)
  if (accepted >= 0) return asFd(accepted)
  if (accepted === -EPIPE) return 'alone'
  if (accepted === -EINTR) deliverSignals()
  if (accepted === -EINTR || accepted === -EAGAIN) return 'nobody'
  throw systemError(-accepted, 'accept')
}
