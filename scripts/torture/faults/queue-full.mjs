import { visit } from '../client.mjs'
import { acceptQueue, connections, stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'the accept queue is full'
export const options = () => ({ args: ['--backlog', 8] })

const count = 40

export async function inject({ server, crowd, quietly }) {
  return quietly(async () => {
    server.signal('SIGSTOP')
    await until(() => stat(server.daemon).state === 'T', 'state T')
    const visits = Array.from({ length: count }, () => visit(server.port, { patience: 60_000 }))
    const knocking = () =>
      connections(server.port).filter(({ isClients, state }) => isClients && state === 'connecting')
    await until(() => acceptQueue(server.port) > 8 && knocking().length > 0, 'a full queue')
    const [queue, outside] = [acceptQueue(server.port), knocking().length]
    server.signal('SIGCONT')
    for (const outcome of await Promise.all(visits)) crowd.count(outcome)
    return `${queue} in the queue of 8, ${outside} before its door; all were let in later`
  })
}
