// accept: the box in which the daemon process spends its life.
import { close } from '../posix/descriptors.ts'
import { pollOrSignal } from '../posix/waitForAny.ts'
import { announce } from './admit.ts'
import { enter } from './flowchart.ts'
import type { Client, Server } from './server.ts'
import { closeTops, earlier, isFinished, keepDeadline, timeLeft } from './stopping.ts'
import { takeClient } from './takeClient.ts'
import type { Top } from './topSockets.ts'
import { stepUpgrade } from './upgrade.ts'

/**
 * Waits for the next client. Signals are handled while it waits, and deadlines kept.
 *
 * @returns undefined once the server has stopped
 */
export function acceptClient(server: Server): Client | undefined {
  enter('daemon', 'accept')
  for (;;) {
    stepUpgrade(server)
    server.log.sumUpIfDue()
    if (!server.accepting) closeTops(server)
    if (isCut(server)) server.room?.clear()
    if (isFinished(server)) return undefined
    server.upkeep.keep()
    server.timeLimits.keep(server.children)
    const client = nextClient(server)
    if (client && !isCut(server)) return client
    // SIGQUIT came together with this client.
    if (client) close(client.fd)
    keepDeadline(server)
  }
}

function nextClient(server: Server): Client | undefined {
  const client = isClientWaiting(server) ? takeClient(server) : undefined
  const { room } = server
  if (!room) return client
  room.look(server)
  if (client) room.enter(server, client)
  const known = isHeldUp(server) ? undefined : room.next()
  if (known) announce(server, known)
  return known
}

const isCut = ({ phase }: Server) => phase.kind === 'terminating' || phase.kind === 'killing'

/** Whether nobody can be served at the moment. */
function isHeldUp(server: Server): boolean {
  const { overload, maxChildren } = server.settings
  const isFull = overload === 'wait' && server.children.size >= maxChildren
  return isFull || pauseLeft(server) > 0
}

const pauseLeft = ({ pausedUntil }: Server) => Math.ceil(pausedUntil - performance.now())

// One wait for everything: clients, signals, and the time of the next deadline.
function isClientWaiting(server: Server): boolean {
  const { room } = server
  const paused = pauseLeft(server)
  const canServe = !isHeldUp(server)
  const listens = server.accepting && canServe && !room?.isFull
  // Stopping: those that wait in the accept queue are served yet, but no others are waited for.
  const emptying = server.phase.kind === 'draining' && listens
  const left = [timeLeft(server), server.log.timeLeft(), paused > 0 ? paused : -1]
  if (room) left.push(room.timeLeft())
  const isKnown = canServe && room?.hasKnown
  const timeout = emptying || isKnown ? 0 : left.reduce(earlier)
  const tops = listens ? server.tops.listening : []
  const ready = pollTops(server, tops, timeout)
  if (emptying && ready === false) server.accepting = false
  return ready === true
}

function pollTops(
  { upgrade, room }: Server,
  tops: readonly Top[],
  timeout: number,
): boolean | 'signal' {
  if (upgrade.kind !== 'starting' && !room) {
    const ready = pollOrSignal(tops, timeout)
    return ready === 'signal' ? ready : ready > 0
  }
  const hears = upgrade.kind === 'starting' ? [upgrade.hears] : []
  const ready = pollOrSignal([...tops, ...hears, ...(room?.watched ?? [])], timeout)
  return ready === 'signal' ? ready : tops.some(top => top.revents)
}
