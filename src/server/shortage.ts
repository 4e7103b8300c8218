import { isSystemError } from '../posix/errors.ts'
import type { RejectReason } from './events.ts'

const shortages: Record<string, RejectReason> = {
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
  ENOMEM: 'memory',
  ENOBUFS: 'memory',
  EAGAIN: 'processes',
}

/** What the system has no more of, if that is why accept or fork failed. */
export const shortageOf = (error: unknown): RejectReason | undefined =>
  isSystemError(error) ? shortages[error.code] : undefined
