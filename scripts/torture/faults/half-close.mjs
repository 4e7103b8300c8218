import { Client } from '../client.mjs'
import { connections } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'clients that end their side before they are answered'

const count = 30
const line = 'count me'

export async function inject({ server, crowd, quietly }) {
  return quietly(async () => {
    server.signal('SIGSTOP')
    const clients = Array.from({ length: count }, () => new Client(server.port))
    for (const client of clients) {
      await client.connected()
      client.send(`${line}\n`)
      client.end()
    }
    const halfClosed = () =>
      connections(server.port).filter(
        ({ isServers, state }) => isServers && state === 'half closed',
      )
    await until(() => halfClosed().length === count, 'connections in CLOSE_WAIT')
    server.signal('SIGCONT')
    for (const client of clients) {
      const answer = await client.line(null)
      const isRight = answer === `${line.length} bytes`
      crowd.count(isRight ? await client.leave() : answer === null ? 'hung' : 'wrong')
    }
    return `${count} connections in CLOSE_WAIT before they were accepted`
  })
}
