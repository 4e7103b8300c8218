// Time limits: how long a client may be silent, and how long a conversation may take. The daemon
// process keeps them, so that a handler in an endless loop is ended, too.
import { kill } from '../posix/processes.ts'
import type { Pid } from '../posix/types.ts'
import { Activity } from './activity.ts'
import type { ChildTable } from './childTable.ts'
import type { Stamp } from './incoming.ts'
import type { Seat } from './seat.ts'
import { terminationMs } from './stopping.ts'

/** Why the daemon process has ended a server process. */
export type Expiry = 'idle-timeout' | 'lifetime'

/** The limits of one server process, as of its fork. Times in ms of the monotonic clock. */
export interface TimeLimit {
  /** How long it may neither read nor write. */
  readonly idle: number
  /** Where it stamps when it did. */
  readonly slot: number
  /** How long it may live, and from when on. */
  readonly lifetime: number
  since: number
  /** Of a process that was forked ahead of its clients: which of them the time is for. */
  readonly seat: Seat | undefined
  ticket: number
  expiry: Expiry | undefined
  /** After SIGTERM: when SIGKILL comes. */
  killAt: number
}

const never = Number.POSITIVE_INFINITY
const noSlot = -1

/** However many deadlines there are, all processes are looked at no more often than this. */
const stepMs = 100

export class TimeLimits {
  readonly #activity = new Activity()
  /** No deadline is before this. Activity only moves one further away. */
  due = never

  /**
   * Before a fork: what the child will have.
   *
   * @param options in seconds, 0 for none
   * @param seat of a child that is to wait for clients: the time begins with each of them
   * @returns undefined if it has no limit
   */
  begin(options: { idleTimeout: number; lifetime: number }, seat?: Seat): TimeLimit | undefined {
    if (options.idleTimeout === 0 && options.lifetime === 0) return undefined
    const idle = options.idleTimeout * 1000 || never
    const lifetime = options.lifetime * 1000 || never
    const since = performance.now()
    const slot = idle === never ? noSlot : this.#activity.take()
    if (!seat) this.due = Math.min(this.due, since + idle, since + lifetime)
    return { idle, slot, lifetime, since, seat, ticket: 0, expiry: undefined, killAt: never }
  }

  /** In the server process: how it notes that it has read or written; undefined if it need not. */
  stampOf({ idle, slot }: TimeLimit): Stamp | undefined {
    if (slot === noSlot) return undefined
    return { idle, now: () => this.#activity.stamp(slot) }
  }

  /** Once the process has been collected, or could not be forked. */
  release(limit: TimeLimit): void {
    if (limit.slot !== noSlot) this.#activity.give(limit.slot)
  }

  /** Ends whoever has had his time. All are looked at only when the next deadline may have come. */
  keep(children: ChildTable): void {
    const now = performance.now()
    if (now < this.due) return
    let due = never
    for (const [pid, { limit }] of children.entries()) {
      if (limit) due = Math.min(due, this.#keepOne(pid, limit, now))
    }
    this.due = Math.max(due, now + stepMs)
  }

  /** @returns the next deadline of the process */
  #keepOne(pid: Pid, limit: TimeLimit, now: number): number {
    if (limit.seat && !hasClient(limit, limit.seat)) return never
    if (limit.expiry === undefined) {
      const end = limit.since + limit.lifetime
      const due = Math.min(end, this.#idleEnd(limit, now))
      if (due > now) return due
      limit.expiry = end <= now ? 'lifetime' : 'idle-timeout'
      limit.killAt = now + terminationMs
      limit.seat?.condemn(limit.ticket)
      kill(pid, 'SIGTERM')
    } else if (now >= limit.killAt) {
      limit.killAt = never
      kill(pid, 'SIGKILL')
    }
    return limit.killAt
  }

  // What a server process has written there is believed only as far as it makes sense.
  #idleEnd({ idle, slot, since }: TimeLimit, now: number): number {
    if (slot === noSlot) return never
    const last = Math.max(since, this.#activity.last(slot))
    return last <= now ? last + idle : now + idle
  }
}

// With another client it all begins anew.
function hasClient(limit: TimeLimit, { ticket, since }: Seat): boolean {
  if (ticket !== limit.ticket) {
    limit.ticket = ticket
    limit.since = since
    limit.expiry = undefined
    limit.killAt = never
  }
  return ticket !== 0
}
