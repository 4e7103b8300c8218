import { Client } from '../client.mjs'
import { childrenOf } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = '100 clients that connect and say nothing'

const count = 100

export async function inject({ server, crowd, goOn }) {
  const silent = Array.from({ length: count }, () => new Client(server.port))
  await until(() => childrenOf(server.daemon).length >= count, 'a server process for each')
  await goOn(20)
  const outcomes = await Promise.all(silent.map(client => client.leave()))
  for (const outcome of outcomes) crowd.count(outcome)
  return `${count} server processes that wait, while 20 others were served`
}
