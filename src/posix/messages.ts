// sendmsg recvmsg
import { binding } from './binding.ts'
import { interruptible } from './signals.ts'
import type { Fd } from './types.ts'

/** What recvmsg has received. */
export interface ReceivedMessage {
  /** Bytes in the buffer; 0 at the end. */
  length: number
  /** Descriptors of this process's own from now on, close-on-exec. */
  descriptors: Fd[]
  /** The message was longer than the buffer, or this process has no descriptors left for all. */
  truncated: boolean
}

/**
 * Sends bytes over a UNIX-domain socket, and copies of descriptors with them, as sendmsg(2) with
 * SCM_RIGHTS. Whoever receives them has the same open files; the sender may close its own. It waits
 * until there is room, unless the socket has O_NONBLOCK.
 *
 * @param data at least one byte; on a SOCK_STREAM socket descriptors without any are not sent
 * @param descriptors at most 253
 * @returns bytes sent
 * @throws SystemError EPIPE: nobody can receive it; EMSGSIZE; EINVAL: too many descriptors;
 * ETOOMANYREFS: too many are on their way; EAGAIN (with O_NONBLOCK), EINTR, EBADF
 * @see sendmsg(2), unix(7) SCM_RIGHTS, unix(4) on FreeBSD
 * @example
 * const [mine, theirs] = socketpair(AF_UNIX, SOCK_SEQPACKET)
 * sendmsg(mine, Buffer.from('a client'), [accepted])
 */
export function sendmsg(fd: Fd, data: Uint8Array, descriptors: readonly Fd[] = []): number {
  const numbers = Int32Array.from(descriptors)
  return interruptible(() => binding.sendmsg(fd, data, numbers), 'sendmsg')
}

/**
 * Receives bytes, and the descriptors that came with them, as recvmsg(2). It waits for them, unless
 * the socket has O_NONBLOCK.
 *
 * @returns what has come: see ReceivedMessage
 * @throws SystemError ECONNRESET; EAGAIN (with O_NONBLOCK), EINTR, EBADF
 * @see recvmsg(2), unix(7) SCM_RIGHTS, unix(4) on FreeBSD
 * @example
 * const { length, descriptors } = recvmsg(theirs, buffer)
 */
export function recvmsg(fd: Fd, buffer: Uint8Array): ReceivedMessage {
  const into = { descriptors: [], truncated: false }
  const length = interruptible(() => binding.recvmsg(fd, buffer, into), 'recvmsg')
  return { length, ...into }
}
