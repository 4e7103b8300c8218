// accept: the box in which the daemon process spends its life.
import { close, poll } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { enter } from './flowchart.ts'
import type { Client, Server } from './server.ts'
import { closeTops, earlier, isFinished, keepDeadline, timeLeft } from './stopping.ts'
import { takeClient } from './takeClient.ts'
import type { Top } from './topSockets.ts'
import { stepUpgrade, type Upgrade } from './upgrade.ts'

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
    if (isFinished(server)) return undefined
    server.upkeep.keep()
    server.timeLimits.keep(server.children)
    const client = isClientWaiting(server) ? takeClient(server) : undefined
    if (client && server.accepting) return client
    // SIGQUIT came together with this client.
    if (client) close(client.fd)
    keepDeadline(server)
  }
}

// One wait for everything: clients, signals, and the time of the next deadline.
function isClientWaiting(server: Server): boolean {
  const paused = Math.ceil(server.pausedUntil - performance.now())
  const { overload, maxChildren } = server.settings
  const full = overload === 'wait' && server.children.size >= maxChildren
  const listens = server.accepting && !full && paused <= 0
  // Stopping: those that wait in the accept queue are served yet, but no others are waited for.
  const emptying = server.phase.kind === 'draining' && listens
  const left = [timeLeft(server), server.log.timeLeft(), paused > 0 ? paused : -1]
  const timeout = emptying ? 0 : left.reduce(earlier)
  try {
    const tops = listens ? server.tops.listening : []
    const waiting = pollTops(tops, server.upgrade, timeout)
    if (emptying && !waiting) server.accepting = false
    return waiting
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return false
    throw error
  }
}

function pollTops(tops: readonly Top[], upgrade: Upgrade, timeout: number): boolean {
  if (upgrade.kind !== 'starting') return poll(tops, timeout) > 0
  poll([...tops, upgrade.hears], timeout)
  return tops.some(top => top.revents)
}
