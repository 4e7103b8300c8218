// Clients that come and go: throughput, latency at three loads, processor time.
import { startServer } from '../support/server.mjs'
import { watchedRun } from './watched.mjs'

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
    const full = await watchedRun(load, server, { clients: fullClients, seconds })
    const one = await load.run(port, { clients: 1, seconds: seconds / 2 })
    // Half of what this server has just shown to be able to do, not of what another one can.
    const rate = full.perSecond / 2
    const half = rate > 0 ? await load.run(port, { clients: halfClients, seconds, rate }) : null
    return { full, one, half, rate }
  } finally {
    await server.stop()
  }
}
