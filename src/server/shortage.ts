import { isSystemError } from '../posix/errors.ts'
import type { RejectReason } from './events.ts'
import type { Server } from './server.ts'

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

/** For so long nobody is accepted: a moment later there may be enough of it again. */
export function backOff(server: Server, ms: number): void {
  server.pausedUntil = performance.now() + ms
}
