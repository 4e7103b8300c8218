import { Client } from '../client.mjs'
import { acceptQueue, stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'clients that reset before they are accepted'

const count = 50

export async function inject({ server, quietly }) {
  return quietly(async () => {
    server.signal('SIGSTOP')
    await until(() => stat(server.daemon).state === 'T', 'state T')
    const clients = Array.from({ length: count }, () => new Client(server.port))
    await until(() => acceptQueue(server.port) === count, 'all in the accept queue')
    for (const client of clients) client.reset()
    server.signal('SIGCONT')
    await until(() => acceptQueue(server.port) === 0, 'an empty accept queue')
    return `${count} in the accept queue, reset there`
  })
}
