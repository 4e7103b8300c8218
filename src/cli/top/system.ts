// What has to be known of processes, whatever system tells it.
import type { WaitStatus } from '../../posix/status.ts'

/** `null`: it could not be read, as of another user's process. Never 0 in its place. */
export type Known<T> = T | null

export type State = 'running' | 'sleeping' | 'blocked' | 'stopped' | 'traced' | 'zombie' | 'idle'

/** What the system tells everybody of a process. */
export interface Process {
  pid: number
  ppid: number
  state: State
  /** When it was started, as the system has it: with the pid it names one process for ever. */
  start: string
  ageSeconds: number
  /** Processor time of user and system together. */
  cpuSeconds: number
}

/** An open descriptor, or several that name the same socket. */
export type Descriptor =
  | { kind: 'listening' | 'file' | 'pipe' | 'other' }
  /** `client`: who is at the other end, where the socket came of accept. */
  | { kind: 'connected'; client?: string }

export interface Identity {
  /** The user it runs as. */
  uid: number
  /** The command line, or the title that the process gave itself. A zombie has none any more. */
  command: string
}

/** What costs more to find out, and not everybody may know. */
export interface Details extends Identity {
  /** Memory that no other process shares. */
  privateBytes: Known<number>
  descriptors: Known<Descriptor[]>
  /** How a zombie ended. */
  ended: Known<WaitStatus>
}

/** Where the facts come from. Processes may end between any two calls. */
export interface System {
  /** All processes that can be seen. */
  processes(): Process[]
  /** Who each process is that is still there. */
  identities(processes: readonly Process[]): Map<number, Identity>
  /** More of each process that is still there. */
  details(processes: readonly Process[]): Map<number, Details>
}

/** The system that this one is. */
export async function thisSystem(): Promise<System> {
  const name = process.platform === 'freebsd' ? './freebsd.ts' : './linux.ts'
  const { system } = (await import(name)) as { system: System }
  return system
}
