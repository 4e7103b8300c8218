import { SHUT_RDWR } from '../posix/constants.ts'
import { close } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid } from '../posix/processes.ts'
import { type Endpoint, formatAddress, type SocketAddress, shutdown } from '../posix/sockets.ts'
import { tracing } from '../posix/tracing.ts'
import type { Fd } from '../posix/types.ts'
import { Admission, type Tables } from './admission.ts'
import { ChildTable } from './childTable.ts'
import type { Settings } from './configuration.ts'
import type { Connection } from './connection.ts'
import { Counts } from './counts.ts'
import { Draining } from './draining.ts'
import type { EventListener, Happening, ServerEvent, Status } from './events.ts'
import type { HubKeeper } from './hub/hubKeeper.ts'
import type { LiveKeeper } from './live/liveKeeper.ts'
import { Log } from './log.ts'
import { Notifier } from './notifier.ts'
import type { GivenOptions } from './options.ts'
import { PidFile } from './pidFile.ts'
import type { Privileges } from './privileges.ts'
import type { Program } from './program.ts'
import { Reserve } from './reserve.ts'
import { type Resources, resourcesFrom } from './resources.ts'
import type { Spares } from './spares.ts'
import type { Phase } from './stopping.ts'
import type { Legacy } from './successor.ts'
import { type TimeLimit, TimeLimits } from './timeLimits.ts'
import { type Top, TopSockets } from './topSockets.ts'
import type { Upgrade } from './upgrade.ts'
import { type Chore, Upkeep } from './upkeep.ts'
import type { WaitingRoom } from './waitingRoom.ts'

/** What serves a client. A number from 0 to 255 is the exit status; nothing means 0. */
export type Handler = (connection: Connection) => unknown

/** A client who has been accepted. */
export interface Client {
  /** The accepted socket. */
  fd: Fd
  address: SocketAddress
  /** The address in words, as logs have it. */
  name: string
  /** Of one who has come through a balancer: how. */
  via?: Via
}

/** The way through a balancer, as the header of the PROXY protocol has it. */
export interface Via {
  /** The balancer, as it was accepted: the other end of the socket is its. */
  balancer: Client
  /** The address that the client had connected to; undefined: that of the accepted socket. */
  destination: SocketAddress | undefined
  /** Nobody has come: the balancer itself asks. */
  isOwn: boolean
}

/** What a server is made of. */
export interface Plan {
  given: GivenOptions
  settings: Settings
  privileges: Privileges
  handler: Handler | Program
  /** Where to listen; every host is a numeric address. */
  addresses: readonly Endpoint[]
  /** What a service manager has opened already. */
  passed: readonly Top[]
  /** What the daemon process whose place this one takes has passed on. */
  legacy: Legacy | undefined
  /** Makes the chore that the option metrics asks for. */
  metricsFile?: (server: Server, file: string) => Chore
  /** What only the model prefork needs. */
  prefork?: Prefork
  /** Where clients wait for their header, with the PROXY protocol. */
  room?: WaitingRoom
  /** What the handler's module has asked for. */
  warmUp?: (server: Server) => void
  /** Makes what the option hub asks for. */
  hubKeeper?: (server: Server) => HubKeeper
  /** Makes what the option live asks for. */
  liveKeeper?: (server: Server) => LiveKeeper
}

export interface Prefork {
  process(server: Server, onListening: () => void): 'daemon' | 'server'
  tables: Tables
}

/** What the boxes of the flowchart share: settings, sockets, children, counts. */
export class Server {
  /** The options as given, which stand above the configuration file also when it is reread. */
  readonly given: GivenOptions
  handler: Handler | Program
  readonly privileges: Privileges
  readonly tops: TopSockets
  readonly pidFile: PidFile | undefined
  readonly notifier: Notifier
  readonly upkeep = new Upkeep()
  readonly metrics: Chore | undefined
  /** Descriptors of the daemon process alone: any other process closes its copies, first of all. */
  daemonsOwn: Fd[]
  readonly children = new ChildTable()
  readonly admission: Admission
  readonly timeLimits = new TimeLimits()
  readonly draining = new Draining()
  readonly reserve = new Reserve()
  readonly log: Log
  readonly room: WaitingRoom | undefined
  settings: Settings
  resources: Resources | undefined
  phase: Phase = { kind: 'serving' }
  upgrade: Upgrade = { kind: 'none' }
  /** No accept before this time (ms, monotonic): the system has not enough of something. */
  pausedUntil = 0
  /** False once nobody is let in any more. */
  accepting = true
  /** In a server process: what the daemon process holds it to. */
  limit: TimeLimit | undefined
  /** Model prefork: the server processes that wait for clients. */
  spares: Spares | undefined
  /** With the option hub, from the moment that the daemon process listens. */
  hub: HubKeeper | undefined
  readonly makeHub: Plan['hubKeeper']
  readonly warmUpHandler: Plan['warmUp']
  /** With the option live. */
  readonly live: LiveKeeper | undefined
  /** In a server process whose handler has thrown. */
  hasFailed = false
  /** The client inside the handler of a sequential server. */
  current: Client | undefined
  readonly #counts = new Counts()
  /** True while the daemon process plays a server process, of which nobody hears. */
  isPlaying = false

  /** @throws SystemError: the pid file is locked, an address is taken; nothing is left then */
  constructor(plan: Plan) {
    const { given, settings, privileges, handler, legacy } = plan
    this.given = given
    this.settings = settings
    this.admission = new Admission(settings, plan.prefork?.tables)
    this.resources = resourcesFrom(settings)
    this.privileges = privileges
    this.handler = handler
    this.room = plan.room
    this.makeHub = plan.hubKeeper
    this.warmUpHandler = plan.warmUp
    this.live = plan.liveKeeper?.(this)
    // Of a background server, standard error is gone.
    const format = settings.daemon && !settings.logFile ? 'none' : settings.log
    this.log = new Log(format, settings.logLevel, settings.logFile)
    this.pidFile =
      settings.pidFile === undefined ? undefined : new PidFile(settings.pidFile, legacy?.lock)
    if (legacy?.lock !== undefined && legacy.lock !== this.pidFile?.fd) close(legacy.lock)
    try {
      const inherited = legacy?.tops.filter(({ origin }) => origin === 'opened')
      this.tops = new TopSockets(plan.addresses, plan.passed, inherited)
    } catch (error) {
      this.pidFile?.remove()
      throw error
    }
    this.metrics =
      settings.metrics === undefined ? undefined : plan.metricsFile?.(this, settings.metrics)
    this.notifier = new Notifier(message => this.report({ event: 'error', message }))
    const others = [this.pidFile?.fd, this.notifier.fd].filter(fd => fd !== undefined)
    this.daemonsOwn = [...this.tops.all.map(({ fd }) => fd), ...others]
  }

  /** Counts and logs what happened, and tells whoever listens. */
  report(happening: Happening): void {
    tracing.now?.note(happening)
    this.#counts.count(happening)
    const { onEvent } = this.given
    if ((!onEvent && !this.log.shows(happening)) || this.isPlaying) return
    // Not { ...happening, … }: on Node 20, what that makes outlives many garbage collections, and
    // the heap grows, which every fork copies.
    const event = Object.assign(happening, { time: new Date().toISOString(), pid: getpid() })
    this.log.write(event)
    if (onEvent) this.#tell(onEvent, event)
  }

  // A listener that throws, perhaps inside a signal handler, must not end the server.
  #tell(onEvent: EventListener, event: ServerEvent): void {
    try {
      onEvent(event)
    } catch (error) {
      const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
      const { time, pid } = event
      this.log.write({ event: 'error', message: `onEvent: ${message}`, stack, time, pid })
    }
  }

  /** What server processes turn into; undefined where a function serves. */
  get program(): Program | undefined {
    return typeof this.handler === 'function' ? undefined : this.handler
  }

  get status(): Status {
    const status = this.#counts.status(this.children.size, this.log.dropped)
    if (this.spares) status.idle = this.spares.idle
    if (this.hub) status.hub = this.hub.status
    return status
  }

  /** Ends the conversation of a sequential server; its handler meets the end of file. */
  cutOff(): void {
    if (!this.current) return
    try {
      shutdown(this.current.fd, SHUT_RDWR)
    } catch (error) {
      if (!isSystemError(error, 'ENOTCONN')) throw error
    }
  }

  /** Puts settings into force that can change while the server runs. */
  apply(settings: Settings): void {
    this.settings = settings
    this.admission.apply(settings, this.children.hosts())
    this.resources = resourcesFrom(settings)
    this.log.level = settings.logLevel
    if (this.log.format !== 'none') this.log.format = settings.log
    this.spares?.renew(this)
  }
}

/** The client in words. One of a UNIX socket mostly has no name: then by where it came to. */
export const clientName = (client: SocketAddress, top: SocketAddress): string =>
  formatAddress('path' in client && client.path === '' ? top : client)

/**
 * The numeric address by which rules and limits know a client; undefined on a UNIX-domain socket, and
 * of a balancer that asks for itself: these have none.
 */
export const hostOf = ({ address, via }: Client): string | undefined =>
  'host' in address && !via?.isOwn ? address.host : undefined
