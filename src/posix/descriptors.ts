// open close read write dup2 fcntl closeOnExecFrom flock pipe poll ppoll
import { binding } from './binding.ts'
import { check, systemError } from './errors.ts'
import type { Signal } from './signalNames.ts'
import { deliverSignals, interruptible } from './signals.ts'
import { asFd, type Fd } from './types.ts'
import { type PollFd, waitForAny } from './waitForAny.ts'

export type { PollFd } from './waitForAny.ts'

/**
 * Opens a file, as open(2). The descriptor is close-on-exec.
 *
 * @param flags `O_RDONLY`, `O_WRONLY` or `O_RDWR`, with `O_CREAT`, `O_APPEND` …
 * @param mode permissions of a file that is made, before the umask; default 0o666
 * @returns the descriptor: the lowest number that is free
 * @throws SystemError ENOENT, EACCES, EEXIST, EMFILE
 * @see open(2)
 * @example
 * const log = open('/tmp/log', O_WRONLY | O_CREAT | O_APPEND)
 */
export function open(path: string, flags: number, mode = 0o666): Fd {
  return asFd(
    interruptible(
      () => binding.open(path, flags, mode),
      'open',
      () => path,
    ),
  )
}

/**
 * Gives a descriptor back, as close(2).
 *
 * @throws SystemError EBADF: it is not open
 * @see close(2)
 * @example
 * close(accepted)
 */
export function close(fd: Fd): void {
  const result = binding.close(fd)
  if (result < 0) throw systemError(-result, 'close', String(fd))
}

/**
 * Reads what there is, up to the length of the buffer, as read(2). Waits until there is something,
 * unless the descriptor has O_NONBLOCK.
 *
 * @returns the number of bytes; 0 at end of file
 * @throws SystemError EINTR, EAGAIN (with O_NONBLOCK), ECONNRESET, EBADF
 * @see read(2)
 * @example
 * const buffer = Buffer.alloc(4096)
 * const length = read(accepted, buffer)
 */
export function read(fd: Fd, buffer: Uint8Array): number {
  return interruptible(() => binding.read(fd, buffer), 'read')
}

/**
 * Writes, as write(2). On a blocking descriptor it waits until all is written; if a
 * signal comes in between, its handler runs, and the number of bytes is smaller.
 *
 * @param data bytes, or a string, which is written as UTF-8
 * @returns the number of bytes written
 * @throws SystemError EPIPE (the other side is gone), EINTR, EAGAIN (with O_NONBLOCK), ENOSPC
 * @see write(2)
 * @example
 * write(accepted, 'hello\n')
 */
export function write(fd: Fd, data: Uint8Array | string): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const length = interruptible(() => binding.write(fd, bytes), 'write')
  if (length < bytes.length) deliverSignals()
  return length
}

/**
 * Makes `to` another name of the open file that `from` names, as dup2(2); what `to` was is closed.
 * The copy is close-on-exec, but on descriptors 0, 1 and 2.
 *
 * @returns `to`
 * @throws SystemError EBADF
 * @see dup2(2)
 * @example
 * dup2(accepted, asFd(1))
 */
export function dup2(from: Fd, to: Fd): Fd {
  return asFd(check(binding.dup2(from, to), 'dup2'))
}

/**
 * Asks or changes the flags of a descriptor, as fcntl(2), for commands whose argument is a number:
 * `F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD F_DUPFD_CLOEXEC`. A copy by `F_DUPFD` is, as POSIX has
 * it, the only descriptor made here that is not close-on-exec.
 *
 * @returns what the command asks for: the flags, or the new descriptor; 0 where something is set
 * @throws SystemError EBADF; EINVAL: another command
 * @see fcntl(2)
 * @example
 * fcntl(top, F_SETFL, fcntl(top, F_GETFL) | O_NONBLOCK)
 */
export function fcntl(fd: Fd, command: number, argument = 0): number {
  return check(binding.fcntl(fd, command, argument), 'fcntl')
}

/**
 * Has a program that this process turns into get none of the descriptors from `lowest` on. All that
 * are opened here are made so; this is for those that the process has inherited, of which Node
 * marks only the first.
 *
 * @throws SystemError EMFILE: no descriptor to list the others with, on Linux before 5.11
 * @see close_range(2) CLOSE_RANGE_CLOEXEC
 * @example
 * closeOnExecFrom(3)
 */
export function closeOnExecFrom(lowest: number): void {
  check(binding.closeOnExecFrom(lowest), 'closeOnExecFrom')
}

/**
 * Locks an open file as a whole, as flock(2). The lock belongs to what open made, which copies of the
 * descriptor share, also those of children: it ends when the last of them is closed.
 *
 * @param operation `LOCK_EX` or `LOCK_SH`, with `LOCK_NB` so as not to wait; `LOCK_UN`
 * @throws SystemError EAGAIN: with `LOCK_NB`, another has the lock; EINTR, EBADF
 * @see flock(2)
 * @example
 * flock(open('/run/echo.pid', O_RDWR | O_CREAT), LOCK_EX | LOCK_NB)
 */
export function flock(fd: Fd, operation: number): void {
  interruptible(() => binding.flock(fd, operation), 'flock')
}

/**
 * Makes a pipe, as pipe(2): what is written into the second comes out of the first.
 *
 * @returns both ends, close-on-exec
 * @throws SystemError EMFILE, ENFILE
 * @see pipe(2)
 * @example
 * const [readEnd, writeEnd] = pipe()
 */
export function pipe(): [readEnd: Fd, writeEnd: Fd] {
  const ends = binding.pipe()
  if (typeof ends === 'number') throw systemError(-ends, 'pipe')
  return [asFd(ends[0]), asFd(ends[1])]
}

/**
 * Waits until one of several descriptors is ready, as poll(2). A signal always interrupts it: it
 * is not restarted, whatever SA_RESTART says.
 *
 * @param timeout in ms; -1 waits for ever
 * @returns how many are ready: their `revents` tell for what; 0 when the time is up
 * @throws SystemError EINTR, EINVAL
 * @see poll(2)
 * @example
 * const watched = [{ fd: top, events: POLLIN }]
 * if (poll(watched, 1000) === 0) console.log('nobody came')
 */
export function poll(fds: readonly PollFd[], timeout: number): number {
  return check(waitForAny(fds, timeout), 'poll')
}

/**
 * As poll, with a signal mask for as long as it waits, as ppoll(2).
 *
 * @returns how many are ready, as poll
 * @throws SystemError EINTR, EINVAL
 * @see ppoll(2)
 * @example
 * ppoll([{ fd: top, events: POLLIN }], -1, [])
 */
export function ppoll(fds: readonly PollFd[], timeout: number, mask?: readonly Signal[]): number {
  return check(waitForAny(fds, timeout, mask), 'ppoll')
}
