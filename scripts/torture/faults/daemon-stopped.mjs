import { visit } from '../client.mjs'
import { acceptQueue, stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'SIGSTOP of the daemon process, and SIGCONT'

export async function inject({ server, crowd, held, release }) {
  const early = await held()
  server.signal('SIGSTOP')
  await until(() => stat(server.daemon).state === 'T', 'state T')
  const late = Array.from({ length: 20 }, () => visit(server.port))
  await until(() => acceptQueue(server.port) >= 20, 'clients in the accept queue')
  const outcome = await release(early)
  const { state } = stat(server.daemon)
  const waiting = acceptQueue(server.port)
  server.signal('SIGCONT')
  for (const outcome of await Promise.all(late)) crowd.count(outcome)
  return `state ${state}; who is served: ${outcome}; ${waiting} wait in the accept queue`
}
