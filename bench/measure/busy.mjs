// Clients that come and go: throughput, latency at three loads, processor time.
import { machineSeconds, processorSeconds } from '../support/processes.mjs'
import { startServer } from '../support/server.mjs'

/** So many clients at a time are full load, as in the figures of field reports on two cores. */
export const fullClients = 8
/** At half load clients come at random; more than so many at once wait. */
export const halfClients = 64

/**
 * @param {import('../support/load.mjs').Load} load
 * @param {(place: object) => (string | number)[]} command
 * @param {number} seconds
 */
export async function measureBusy(load, command, seconds) {
  const server = await startServer(port => ({
    argv: command({ port, limit: halfClients * 4 }).map(String),
  }))
  try {
    const { port } = server
    await load.run(port, { clients: fullClients, seconds: seconds / 5 })
    await server.settled()
    const before = { server: processorSeconds(server.pid), machine: machineSeconds() }
    const full = await load.run(port, { clients: fullClients, seconds })
    // The machine at once, since waiting is no load; the server when its children are collected.
    const machine = machineSeconds()
    await server.settled()
    const after = { server: processorSeconds(server.pid), machine }
    const one = await load.run(port, { clients: 1, seconds: seconds / 2 })
    // Half of what this server has just shown to be able to do, not of what another one can.
    const rate = full.perSecond / 2
    const half = rate > 0 ? await load.run(port, { clients: halfClients, seconds, rate }) : null
    return { full, one, half, rate, ...shares(before, after, full) }
  } finally {
    await server.stop()
  }
}

// What the server itself has used, and which part of the machine neither it nor the load: others,
// who make the figures worse than they are.
function shares(before, after, { connections, ownSeconds }) {
  if (before.server === null || connections === 0) return { processorUs: null, others: null }
  const spent = after.server - before.server
  const busy = after.machine.busy - before.machine.busy
  const all = after.machine.all - before.machine.all
  return {
    processorUs: (spent / connections) * 1e6,
    others: all > 0 ? Math.max(0, (busy - spent - ownSeconds) / all) : null,
  }
}
