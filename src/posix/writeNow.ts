import { binding } from './binding.ts'
import { systemError } from './errors.ts'
import type { Fd } from './types.ts'

/**
 * Writes without ever waiting, and without setting O_NONBLOCK, which everybody who shares the open
 * file would meet: the shell that started the program, its other children.
 *
 * A pipe, a socket or a terminal is written to if it has room. Of a pipe that means room for
 * PIPE_BUF bytes, so that as many are written whole or not at all. Should another process take that
 * room in the same moment, a Linux that can be asked so (RWF_NOWAIT) still does not wait; any other
 * system would then wait for the reader.
 *
 * @returns the number of bytes written; fewer than there are where a disk is full
 * @throws SystemError EAGAIN: no room; EPIPE: no reader; ENOSPC
 * @see write(2), poll(2), pwritev2(2)
 * @example
 * writeNow(asFd(2), Buffer.from('a line\n'))
 */
export function writeNow(fd: Fd, data: Uint8Array): number {
  const written = binding.writeNow(fd, data)
  if (written < 0) throw systemError(-written, 'write')
  return written
}
