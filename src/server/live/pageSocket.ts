import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../../posix/constants.ts'
import { close } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import { setsockopt } from '../../posix/socketOptions.ts'
import { bind, getsockname, listen, socket } from '../../posix/sockets.ts'
import type { Fd } from '../../posix/types.ts'

/** Nobody but this machine. */
const host = '127.0.0.1'
const backlog = 64

/**
 * Opens the socket on which a live page listens.
 *
 * @param port 0 takes a free one
 * @throws SystemError of bind(2): EADDRINUSE, EACCES
 */
export function openPageSocket(port: number): { fd: Fd; url: string } {
  const fd = socket(AF_INET, SOCK_STREAM)
  try {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    bind(fd, { host, port })
    listen(fd, backlog)
    const { port: own } = getsockname(fd) as { port: number }
    return { fd, url: `http://${host}:${own}/` }
  } catch (error) {
    close(fd)
    if (isSystemError(error)) error.message = `live: ${error.message}`
    throw error
  }
}
