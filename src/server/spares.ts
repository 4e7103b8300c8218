// The spare processes of the model prefork, as the daemon process sees them: how many wait, how many
// are missing, who is to end. Between it and them there are the bell, and the lifeline: a pipe into
// which nobody writes, whose end tells them that the daemon process has died.
import { SHUT_RDWR } from '../posix/constants.ts'
import { close, pipe, poll } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { kill } from '../posix/processes.ts'
import { shutdown } from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import { Bell } from './bell.ts'
import type { EndedChild } from './childTable.ts'
import type { Settings } from './configuration.ts'
import { ConfigurationError } from './configurationFile.ts'
import { call, phase, Scoreboard } from './scoreboard.ts'
import { type Seat, state } from './seat.ts'
import type { Server } from './server.ts'
import { backOff } from './shortage.ts'
import { type SpareRange, spareFrom } from './spareOptions.ts'

/** So many server processes there can be without a new start, or twice as many as at the start. */
const leastSeats = 4096

/** One that is too many ends, and after so long another: the next burst may be near. */
const surplusMs = 1000

/** As long as half of them are left, whoever has just come is served first: a fork is work. */
const courtesyMs = 3

/** How long those who wait may take to end when the settings change. */
const renewalMs = 100

/** How long to wait with the next fork when a child has ended before it could take a client. */
const stillbornPauseMs = 1000

export class Spares {
  readonly scoreboard: Scoreboard
  /** The end of the lifeline that server processes watch. */
  readonly lifeline: Fd
  readonly bell = new Bell()
  /** Descriptors that only the daemon process keeps. */
  readonly daemonsOwn: readonly [lifeline: Fd, bell: Fd]
  /** The last fork has failed, and that has been said. */
  hasFailed = false
  /** When the next one that is too many is to end. */
  #surplusDue = Number.POSITIVE_INFINITY
  /** When a missing one is to be forked, although enough are left. */
  #missingDue = Number.POSITIVE_INFINITY

  constructor({ maxChildren }: Settings) {
    this.scoreboard = new Scoreboard(Math.max(leastSeats, 2 * maxChildren))
    const [watched, held] = pipe()
    this.lifeline = watched
    this.daemonsOwn = [held, this.bell.heard.fd]
  }

  /** In a server process that takes no client more. */
  leave(): void {
    close(this.lifeline)
    this.bell.letGo()
  }

  close(): void {
    for (const fd of [...this.daemonsOwn, this.lifeline]) close(fd)
    this.bell.letGo()
  }

  get idle(): number {
    return this.scoreboard.count(state.idle)
  }

  /** Those that can take a client, or will in a moment. */
  get ready(): number {
    return this.idle + this.scoreboard.count(state.starting)
  }

  /** In a server process: has the daemon process look, unless it knows already, or has no use for it. */
  call(reason: number): void {
    if (this.scoreboard.claim(reason)) this.bell.ring()
  }

  /** In the daemon process: before it looks, so that what changes meanwhile is heard. */
  listen(server: Server): void {
    this.bell.silence()
    const { scoreboard } = this
    const { overload } = server.settings
    scoreboard.listenFor(call.tooFew, hasRoom(server) || overload === 'refuse')
    scoreboard.listenFor(call.tooMany, this.#surplusDue === Number.POSITIVE_INFINITY)
    scoreboard.listenFor(call.refused, true)
    const { timeLimits } = server
    const isKept = timeLimits.due < Number.POSITIVE_INFINITY
    if (!isKept && scoreboard.listenFor(call.timed, true)) timeLimits.due = 0
  }

  /** Whether another one is to be forked. */
  isMissing(server: Server): boolean {
    const { least } = rangeOf(server.settings)
    const { ready } = this
    const { kind } = server.phase
    const isServing = kind === 'serving' || kind === 'leaving'
    const isWanted = isServing && hasRoom(server) && ready < least
    if (!isWanted || ready < least / 2) {
      this.#missingDue = Number.POSITIVE_INFINITY
      return isWanted
    }
    const now = performance.now()
    this.#missingDue = Math.min(this.#missingDue, now + courtesyMs)
    if (now < this.#missingDue) return false
    this.#missingDue = Number.POSITIVE_INFINITY
    return true
  }

  /** Ends one of those that are too many, if its time has come. */
  endSurplus(server: Server): void {
    const now = performance.now()
    if (this.idle <= rangeOf(server.settings).most) this.#surplusDue = Number.POSITIVE_INFINITY
    else if (this.#surplusDue === Number.POSITIVE_INFINITY) this.#surplusDue = now + surplusMs
    else if (now >= this.#surplusDue) {
      this.#surplusDue = now + surplusMs
      const last = [...server.children.entries()].findLast(
        ([, { seat }]) => seat?.state === state.idle,
      )
      if (last) kill(last[0], 'SIGTERM')
    }
  }

  /** Milliseconds until the next one is to end or to be forked, -1 if none is. */
  timeLeft(): number {
    const due = Math.min(this.#surplusDue, this.#missingDue)
    if (due === Number.POSITIVE_INFINITY) return -1
    return Math.max(0, Math.ceil(due - performance.now()))
  }

  /**
   * Other settings are in force: who waits ends, and who serves takes no other client. When this
   * returns, whoever comes is served with the new ones, unless a process does not react.
   */
  renew(server: Server): void {
    this.scoreboard.renew()
    const waiting = this.#wake(server)
    for (let ms = 0; ms < renewalMs && waiting.some(seat => seat.isReady); ms++) pause(1)
  }

  /** The server stops; no client is cut off. */
  dismiss(server: Server, to: 'emptying' | 'over'): void {
    this.scoreboard.phase = phase[to]
    this.#wake(server)
  }

  // Who has a client looks at the scoreboard before it waits for another.
  #wake(server: Server): Seat[] {
    const woken: Seat[] = []
    for (const [pid, { seat }] of server.children.entries()) {
      if (!seat?.isReady) continue
      kill(pid, 'SIGTERM')
      woken.push(seat)
    }
    return woken
  }

  /**
   * Nobody is to connect any more, also while server processes that have a client still hold the top
   * sockets. (FreeBSD leaves such a socket open until the last of them has closed it.)
   */
  closeQueues({ tops }: Server): void {
    if (!tops.isOpen) return
    if (this.scoreboard.phase < phase.over) this.scoreboard.phase = phase.over
    for (const { fd, origin } of tops.all) {
      try {
        if (origin === 'opened') shutdown(fd, SHUT_RDWR)
      } catch (error) {
        if (!isSystemError(error, 'ENOTCONN')) throw error
      }
    }
  }

  /** Before SIGTERM: this time it is meant for those who serve, too. */
  condemn(server: Server): void {
    this.scoreboard.phase = phase.cut
    for (const [, { seat }] of server.children.entries()) seat?.condemn(seat.ticket)
  }

  /** A child has been collected: what it did at its end, and its seat is free. */
  vacate(server: Server, child: EndedChild, seat: Seat): void {
    child.client = seat.client
    // No client of its own has made it end otherwise.
    child.host = seat.hasClient ? seat.host : undefined
    const { limit } = child
    if (limit && limit.ticket !== seat.ticket) limit.expiry = undefined
    const { kind } = child.status
    const isStillborn = seat.state === state.starting
    if (isStillborn && (kind === 'signaled' || (kind === 'exited' && child.status.code !== 0)))
      backOff(server, stillbornPauseMs)
    seat.leave()
  }

  /** @throws ConfigurationError: the scoreboard has no room for so many */
  check({ maxChildren }: Settings): void {
    const { capacity } = this.scoreboard
    if (maxChildren <= capacity) return
    throw new ConfigurationError(
      `max-children: more than ${capacity} with the model prefork need a new start (SIGUSR2)`,
    )
  }
}

// A signal that comes meanwhile is handled; it is no reason to wait for less.
function pause(ms: number): void {
  try {
    poll([], ms)
  } catch (error) {
    if (!isSystemError(error, 'EINTR')) throw error
  }
}

/** Whether the number of server processes allows another one. */
export const hasRoom = ({ children, settings }: Server): boolean =>
  children.size < settings.maxChildren

let parsed: { spare: string | number; range: SpareRange } | undefined

// Each client asks for it: the text is read once.
export function rangeOf({ spare }: Settings): SpareRange {
  if (parsed?.spare !== spare) parsed = { spare, range: spareFrom(spare) as SpareRange }
  return parsed.range
}
