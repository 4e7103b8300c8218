// Clients that stay: what each costs in memory, and what they cost those who come and go.
import { availableKB, proportionalKB } from '../support/processes.mjs'
import { startServer } from '../support/server.mjs'
import { fullClients } from './busy.mjs'

/** With fewer clients the memory of one cannot be told from the noise. */
export const fewest = 16

/**
 * @param {import('../support/load.mjs').Load} load
 * @param {(place: object) => (string | number)[]} command
 * @param {{ clients: number, seconds: number }} plan
 */
export async function measureHeld(load, command, { clients, seconds }) {
  const limit = clients + 4 * fullClients
  const server = await startServer(port => ({
    argv: command({ port, limit, held: limit }).map(String),
  }))
  try {
    // Whatever the first clients of a server cost is not the price of one more.
    await load.run(server.port, { clients: 1, seconds: seconds / 5 })
    await server.settled()
    const before = { available: availableKB(), proportional: proportionalKB(server.pid) }
    const crowd = await load.hold(server.port, clients)
    const after = { available: availableKB(), proportional: proportionalKB(server.pid) }
    const each = (more, less) =>
      more === null || crowd.held === 0 ? null : (more - less) / crowd.held
    const busy = await load.run(server.port, { clients: fullClients, seconds })
    const leaving = await crowd.release()
    return {
      wanted: clients,
      held: crowd.held,
      stillAnswered: leaving.answered,
      availableKB: each(before.available, after.available),
      proportionalKB: each(after.proportional, before.proportional),
      busy,
      failed: [crowd.failed, leaving.failed],
    }
  } finally {
    await server.stop()
  }
}
