// What happens in a server, under the same names in logs, traces and the programming interface.
import type { WaitStatus } from '../posix/status.ts'
import type { Pid } from '../posix/types.ts'
import type { HubStatus } from './hub/hubKeeper.ts'
import type { Expiry } from './timeLimits.ts'

/** The happenings, each with what there is to know of it. */
export type Happening =
  | { event: 'listening'; host: string; port: number; name?: string }
  | { event: 'listening'; path: string; name?: string }
  /** `proxy` is the balancer through which the client has come. */
  | { event: 'live'; url: string }
  | { event: 'accepted'; client: string; proxy?: string }
  | { event: 'rejected'; client?: string; reason: RejectReason; detail?: string; proxy?: string }
  /** A balancer has looked whether the server is there, and has said nothing. */
  | { event: 'probed'; client: string }
  /** With the model prefork there is no client yet. */
  | { event: 'forked'; child: Pid; client?: string; children: number }
  | { event: 'served'; client: string; code: number }
  | {
      event: 'reaped'
      child: Pid
      /** The last one; a process of the model prefork may have had none. */
      client?: string
      status: WaitStatus
      children: number
      penalty?: number
      /** Why the daemon process has ended it, if it has. */
      reason?: Expiry
    }
  | { event: 'reloaded'; file: string; changed: string[]; needsUpgrade: string[] }
  | { event: 'reload-failed'; file?: string; reason: string }
  | { event: 'draining'; signal: NodeJS.Signals; children: number; grace: number; delay?: number }
  | { event: 'stopped'; accepted: number }
  | { event: 'upgrading' | 'upgraded'; child: Pid }
  | { event: 'upgrade-failed'; reason: string }
  | ({ event: 'status' } & Status)
  | { event: 'reopened'; file: string }
  | { event: 'warning'; message: string }
  | { event: 'error'; message: string; client?: string; stack?: string }

/**
 * Why a client was not served, in a word that stays the same: by a rule or limit, because the
 * system has no more of something (where it is not even enough to send the client away, it waits),
 * or because fork is not safe at the moment.
 */
export type RejectReason = (typeof rejectReasons)[number]

export const rejectReasons = [
  'proxy-from',
  'proxy-header',
  'proxy-timeout',
  'access',
  'overload',
  'penalty',
  'max-per-source',
  'max-rate',
  'descriptors',
  'memory',
  'processes',
  'unsafe',
] as const

/** Counts since the start. */
export interface Status {
  /** Server processes now, and the most there have been at once. */
  children: number
  /** Of them, those that wait for a client (model prefork). */
  idle?: number
  peak: number
  accepted: number
  rejected: number
  /** The rejected by reason, as `{"processes": 2}`. */
  refused: Partial<Record<RejectReason, number>>
  /** Ended server processes by status, as `{"exited 0": 12, "SIGKILL": 1}`. */
  ended: Record<string, number>
  /** Seconds since the daemon process started. */
  uptime: number
  /** With the option hub. */
  hub?: HubStatus
  /** Lines of the log that could not be written, by the daemon or its server processes. */
  dropped: number
}

/** An event: what happened, when (ISO 8601) and in which process. */
export type ServerEvent = Happening & { time: string; pid: Pid }

/** What `onEvent` is: it is called in the process in which the event happens. */
export type EventListener = (event: ServerEvent) => void

/** How much is logged: `info` leaves the ordinary life of connections out. */
export type LogLevel = 'error' | 'info' | 'debug'

/** How: lines for people, an object of JSON a line, or not at all. */
export type LogFormat = 'text' | 'json' | 'none'

/** The least level at which an event is shown: that a server listens, and what goes wrong, always. */
export function levelOf(happening: Happening): LogLevel {
  switch (happening.event) {
    case 'listening':
    case 'live':
    case 'error':
    case 'reload-failed':
    case 'upgrade-failed':
      return 'error'
    case 'accepted':
    case 'probed':
    case 'forked':
      return 'debug'
    case 'served':
      return happening.code === 0 ? 'debug' : 'info'
    case 'reaped':
      if (!isSuccess(happening.status)) return 'error'
      return happening.reason === undefined ? 'debug' : 'info'
    default:
      return 'info'
  }
}

const isSuccess = (status: WaitStatus): boolean => status.kind === 'exited' && status.code === 0
