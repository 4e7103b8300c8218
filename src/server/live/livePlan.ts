import type { Fd } from '../../posix/types.ts'
import type { Privileges } from '../privileges.ts'

/** What the process of the live page is told, and which descriptors it has. */
export interface LivePlan {
  /** Listens. */
  page: Fd
  /** The file into which the server's processes write. */
  trace: Fd
  /** To the daemon process. */
  link: Fd
  /** Who it becomes. */
  user: Omit<Privileges, 'root'>
}
