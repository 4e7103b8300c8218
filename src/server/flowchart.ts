// The flowchart's own words, for those who watch the server: which process stands in which box.
import { tracing } from '../posix/tracing.ts'

/** The boxes of docs/flowchart.md, by the process in which they stand. */
export interface Boxes {
  top: 'top socket' | 'fork' | 'close top socket' | 'return 0'
  daemon:
    | 'initialize daemon'
    | 'listen'
    | 'accept'
    | 'admit'
    | 'fork'
    | 'serve'
    | 'close accepted socket'
  server: 'close top socket' | 'serve' | 'close accepted socket' | 'exit'
  /** Forked ahead of its client (model prefork). */
  spare: 'accept' | 'admit'
  /** Serves nobody: tries out whether a server process would live. */
  trial: never
  /** Serves nobody: server processes talk to each other through it. */
  hub: never
  /** Becomes the daemon process of a hot upgrade. */
  successor: never
}

/** Notes in the trace, if one is kept, where this process has come to. */
export function enter<Role extends keyof Boxes>(role: Role, box?: Boxes[Role]): void {
  tracing.now?.enter(role, box)
}

/** What follows is only played, so as to be compiled: no trace has it. */
export const play = (): (() => void) => tracing.now?.play() ?? nothing

const nothing = () => {}
