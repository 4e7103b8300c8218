// What a fork costs the client, by how much JavaScript the handler's module keeps alive.
import { join } from 'node:path'
import { serve } from '../servers/nodes.mjs'
import { startServer } from '../support/server.mjs'
import { fullClients } from './busy.mjs'

const handler = join(import.meta.dirname, '../handlers/heap.mjs')

/**
 * @param {import('../support/load.mjs').Load} load
 * @param {string} node
 * @param {{ megabytes: number, seconds: number }} plan
 */
export async function measureHeap(load, node, { megabytes, seconds }) {
  const command = serve(node, handler, 'fork')
  const server = await startServer(port => ({
    argv: command({ port }).map(String),
    env: { HEAP_MB: String(megabytes) },
  }))
  try {
    await load.run(server.port, { clients: 1, seconds: seconds / 5 })
    const one = await load.run(server.port, { clients: 1, seconds: seconds / 2 })
    const full = await load.run(server.port, { clients: fullClients, seconds: seconds / 2 })
    return { one, full }
  } finally {
    await server.stop()
  }
}
