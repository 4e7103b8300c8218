// setsockopt getsockopt getpeercred
import { binding } from './binding.ts'
import { check, systemError } from './errors.ts'
import { asPid, type Fd, type Pid } from './types.ts'

/**
 * Sets an option whose value is a number, as setsockopt(2). For `SO_LINGER` the number is the
 * seconds to linger, 0 to reset the connection on close, -1 for off.
 *
 * @throws SystemError EINVAL, ENOPROTOOPT
 * @see setsockopt(2)
 * @example
 * setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
 */
export function setsockopt(fd: Fd, level: number, option: number, value: number): void {
  check(binding.setsockopt(fd, level, option, value), 'setsockopt')
}

/**
 * The value of such an option, as getsockopt(2).
 *
 * @returns the value
 * @throws SystemError ENOPROTOOPT
 * @see getsockopt(2)
 * @example
 * getsockopt(accepted, SOL_SOCKET, SO_SNDBUF) // bytes
 */
export function getsockopt(fd: Fd, level: number, option: number): number {
  const value = new Int32Array(1)
  check(binding.getsockopt(fd, level, option, value), 'getsockopt')
  return value[0] as number
}

/** The process at the other end of a UNIX-domain socket, as it was when it connected. */
export interface PeerCredentials {
  /** undefined where the system does not tell: FreeBSD before 13 */
  pid: Pid | undefined
  uid: number
  gid: number
}

/**
 * Who is at the other end of a UNIX-domain socket. The kernel says it, not the client.
 *
 * @returns process, user and group of the other side
 * @throws SystemError ENOTCONN, EBADF; EINVAL or ENOPROTOOPT: no such socket
 * @see unix(7) SO_PEERCRED on Linux, unix(4) LOCAL_PEERCRED on FreeBSD
 * @example
 * if (getpeercred(accepted).uid !== getresuid().real) close(accepted)
 */
export function getpeercred(fd: Fd): PeerCredentials {
  const peer = binding.getpeercred(fd)
  if (typeof peer === 'number') throw systemError(-peer, 'getpeercred')
  const { pid, uid, gid } = peer
  return { pid: pid === 0 ? undefined : asPid(pid), uid, gid }
}
