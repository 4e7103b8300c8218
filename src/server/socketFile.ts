// The file of a UNIX socket. bind(2) makes it, and nobody takes it away but the server.
import { lstatSync, type Stats, unlinkSync } from 'node:fs'
import { AF_UNIX, EADDRINUSE, SOCK_NONBLOCK, SOCK_STREAM } from '../posix/constants.ts'
import { close } from '../posix/descriptors.ts'
import { isSystemError, systemError } from '../posix/errors.ts'
import { connect, formatAddress, socket } from '../posix/sockets.ts'

/** Which file it is, whatever its name. */
export interface SocketFile {
  path: string
  dev: number
  ino: number
}

/**
 * Takes away what a server that is gone has left. A file on which somebody listens stays, and bind
 * says EADDRINUSE.
 *
 * @throws SystemError EADDRINUSE: the file is no socket
 */
export function removeStale(path: string): void {
  const found = look(path)
  if (!found) return
  if (!found.isSocket()) {
    const subject = `${formatAddress({ path })}: the file is no socket`
    throw systemError(EADDRINUSE, 'bind', subject)
  }
  if (!isAnswered(path)) unlinkSync(path)
}

// The one way to know: where nobody listens, a connection is refused.
function isAnswered(path: string): boolean {
  const probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
  try {
    connect(probe, { path })
    return true
  } catch (error) {
    return !isSystemError(error, 'ECONNREFUSED') // EAGAIN: somebody does, and the queue is full
  } finally {
    close(probe)
  }
}

/** Remembers the file that bind has just made. */
export function socketFile(path: string): SocketFile {
  const { dev, ino } = lstatSync(path)
  return { path, dev, ino }
}

/** True while the name still stands for that file. The socket must be open: it keeps the inode. */
export function isInPlace({ path, dev, ino }: SocketFile): boolean {
  const found = look(path)
  return found?.dev === dev && found.ino === ino
}

/** Why the file is still there, or undefined: a server that gave up its rights cannot remove it. */
export function removeSocketFile(file: SocketFile): string | undefined {
  try {
    if (isInPlace(file)) unlinkSync(file.path)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

// Where not even that is allowed, bind will say why.
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
