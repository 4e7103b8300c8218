import { binding } from './binding.ts'
import { CLD_CONTINUED, CLD_EXITED, CLD_STOPPED } from './constants.ts'
import { signalName } from './signalNames.ts'

/** How a child ended, or that it stopped or went on. */
export type WaitStatus =
  | { kind: 'exited'; code: number }
  | { kind: 'signaled'; signal: NodeJS.Signals; coreDumped: boolean }
  | { kind: 'stopped'; signal: NodeJS.Signals }
  | { kind: 'continued' }

/** Takes a wait status apart with the macros of <sys/wait.h>. */
export function waitStatus(status: number): WaitStatus {
  const [kind, number, coreDumped] = binding.describeStatus(status)
  if (kind === 'exited') return { kind, code: number }
  if (kind === 'signaled') return { kind, signal: signalName(number), coreDumped }
  if (kind === 'stopped') return { kind, signal: signalName(number) }
  return { kind: 'continued' }
}

/** The same from what waitid(2) tells: a code and a number that depends on it. */
export function childStatus(code: number, status: number): WaitStatus {
  if (code === CLD_EXITED) return { kind: 'exited', code: status }
  if (code === CLD_STOPPED) return { kind: 'stopped', signal: signalName(status) }
  if (code === CLD_CONTINUED) return { kind: 'continued' }
  const coreDumped = code === binding.constants.CLD_DUMPED
  return { kind: 'signaled', signal: signalName(status), coreDumped }
}

/**
 * A wait status in words, as logs have it.
 *
 * @returns `exited 7`, `SIGKILL`, `stopped SIGTSTP` or `continued`
 * @throws nothing
 * @see waitpid(2)
 * @example
 * describeStatus({ kind: 'exited', code: 7 }) // 'exited 7'
 */
export function describeStatus(status: WaitStatus): string {
  if (status.kind === 'exited') return `exited ${status.code}`
  if (status.kind === 'signaled') return status.signal
  return status.kind === 'stopped' ? `stopped ${status.signal}` : 'continued'
}
