import type { Fd } from './types.ts'

/** Who writes down what this process does: see src/trace, which is loaded only where it is asked for. */
export interface Tracing {
  /** Where it is written. */
  file: Fd
  /** The process has come to a box of the flowchart. */
  enter(role: string, box?: string): void
  /** Something has happened that has a name in logs and in the programming interface. */
  note(happening: object): void
  /** What follows is only played, so as to be compiled, and is not written. The result ends that. */
  play(): () => void
}

/** Without a trace, this is all that there is of it. */
export const tracing: { now?: Tracing } = {}
