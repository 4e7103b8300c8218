// accept, in a spare process: where it waits, and takes nobody whom the rules and limits refuse.
import { type Accepted, acceptNext } from '../posix/acceptNext.ts'
import { close } from '../posix/descriptors.ts'
import { setproctitle } from '../posix/processes.ts'
import type { Fd } from '../posix/types.ts'
import { addressFrom } from './addresses.ts'
import { announce, refuse } from './admit.ts'
import { enter } from './flowchart.ts'
import { call, phase } from './scoreboard.ts'
import { state } from './seat.ts'
import { type Client, clientName, hostOf } from './server.ts'
import type { Spare } from './spareProcess.ts'
import { rangeOf } from './spares.ts'
import { dealWith } from './takeClient.ts'
import { servingTitle, waitingTitle } from './title.ts'
import type { Top } from './topSockets.ts'
import type { WaitingRoom } from './waitingRoom.ts'

/**
 * Waits for a client who may be served.
 *
 * @param isOver whether nobody is to be waited for any more
 * @returns undefined: nobody is to be served
 */
export function awaitClient(spare: Spare, isOver: (spare: Spare) => boolean): Client | undefined {
  const { server, spares } = spare
  for (;;) {
    const { phase: now } = spares.scoreboard
    // The server stops: those that wait in the accept queue are served yet.
    const isEmptying = now === phase.emptying
    if (now >= phase.over || (!isEmptying && isOver(spare))) return undefined
    setproctitle(waitingTitle)
    enter('spare', 'accept')
    const client = take(spare, isEmptying)
    if (client === 'alone' || (client === 'nobody' && isEmptying)) return undefined
    if (client === 'nobody') {
      beReady(spare)
      continue
    }
    const known = server.room ? identify(spare, server.room, client) : client
    if (known && receive(spare, known)) return known
    if (known) close(known.fd)
    becomeIdle(spare)
    spares.call(call.refused)
  }
}

// Only who waits already is not made to wait for it.
function beReady(spare: Spare): void {
  spare.rehearse?.()
  spare.rehearse = undefined
  becomeIdle(spare)
}

/** The daemon process ends those that are too many, and hears of it from whoever is one of them. */
export function becomeIdle({ server, spares, seat }: Spare): void {
  seat.rest()
  const { most } = rangeOf(server.settings)
  if (spares.scoreboard.count(state.idle, most + 1) > most) spares.call(call.tooMany)
}

// Whoever it is, this process has somebody to care for: others are to be ready for the next.
function identify(spare: Spare, room: WaitingRoom, sender: Client): Client | undefined {
  const { server, spares, seat } = spare
  seat.state = state.asking
  tellDaemon(spare)
  return room.identify(server, sender, () => spares.scoreboard.phase === phase.cut)
}

/** Whether a client who has been accepted may be served. */
export function receive(spare: Spare, client: Client): boolean {
  const { server, spares, seat } = spare
  seat.receive(client.name, addressOf(client))
  spares.scoreboard.drawTicket(seat)
  tellDaemon(spare)
  setproctitle(servingTitle(client.name))
  announce(server, client)
  return isAdmitted(spare, client)
}

function take(
  { server, spares, rehearse }: Spare,
  isEmptying: boolean,
): Client | 'nobody' | 'alone' {
  const paused = Math.ceil(server.pausedUntil - performance.now())
  const tops = paused > 0 ? [] : server.tops.inTurn(isEmptying)
  const timeout = isEmptying || rehearse ? 0 : paused > 0 ? paused : -1
  const address = { top: 0 } as Accepted
  let fd: Fd | 'nobody' | 'alone'
  try {
    fd = acceptNext(descriptorsOf(tops), spares.lifeline, timeout, address)
  } catch (error) {
    // The daemon process has just closed the accept queue.
    if (spares.scoreboard.phase >= phase.over) return 'nobody'
    dealWith(error, server, tops[address.top] as Top)
    return 'nobody'
  }
  if (typeof fd === 'string') return fd
  const top = tops[address.top] as Top
  return { fd, address, name: clientName(address, top.address) }
}

let known: { tops: readonly Top[]; descriptors: Int32Array } | undefined

// With one address they are always the same.
function descriptorsOf(tops: readonly Top[]): Int32Array {
  if (known?.tops !== tops) known = { tops, descriptors: Int32Array.from(tops, top => top.fd) }
  return known.descriptors
}

const addressOf = (client: Client) => {
  const host = hostOf(client)
  return host === undefined ? undefined : addressFrom(host)
}

// What it would not notice while it waits.
function tellDaemon({ server: { settings }, spares }: Spare): void {
  const { least } = rangeOf(settings)
  if (spares.scoreboard.count(state.idle, least) < least) spares.call(call.tooFew)
  if (settings.idleTimeout > 0 || settings.lifetime > 0) spares.call(call.timed)
}

function isAdmitted({ server, spares, seat }: Spare, client: Client): boolean {
  const refusal = server.admission.decide(hostOf(client), 0, performance.now(), network =>
    spares.scoreboard.countBefore(seat, network),
  )
  if (!refusal) return true
  enter('spare', 'admit')
  refuse(server, client, refusal)
  return false
}
