// The file of a trace. Whoever follows it reads by the descriptor by which it is written: each says
// where it reads, and lines are appended.
import { randomUUID } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } from '../posix/constants.ts'
import { open } from '../posix/descriptors.ts'
import type { Fd } from '../posix/types.ts'

/** Only its owner can read it. */
const mode = 0o600

export interface TraceFile {
  path: string
  /** It begins anew; else it goes on, as that of a server that has replaced itself. */
  isFresh: boolean
  /** It can be followed. Else it may be a pipe, too. */
  isReadable: boolean
}

/** @throws SystemError of open(2) */
export function openTrace({ path, isFresh, isReadable }: TraceFile): Fd {
  const access = isReadable ? O_RDWR : O_WRONLY
  return open(resolve(path), access | O_CREAT | O_APPEND | (isFresh ? O_TRUNC : 0), mode)
}

/**
 * A trace for whoever watches, and for nobody afterwards: it has no name, and is gone with the last
 * process that holds it, however that ends.
 *
 * @throws SystemError of open(2)
 */
export function temporaryTrace(): Fd {
  const path = join(tmpdir(), `truefork-${randomUUID()}`)
  const fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, mode)
  unlinkSync(path)
  return fd
}
