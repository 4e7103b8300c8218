import type { Handler } from '../server/server.ts'

/** One of the classic mistakes of concurrent servers, to be made on purpose. */
export interface Mistake {
  /** What the server does wrong. */
  wrong: string
  /** What to do in another terminal, with {host}, {port} and {pid}, and what is then to be seen. */
  see: readonly [command: string, effect: string]
  /** What the same mistake looks like in a program in C. */
  code: string
  /** Where a race or a rare case has been made more likely: how. */
  widened?: string
  /** Makes it, from now on. */
  make(handler: Handler): void
}
