import { Client } from '../client.mjs'
import { childrenOf, connections } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'many clients at once (--clients), more than --max-children'

/** In steps: what is tested is many clients, not a flood of SYN. */
const step = 100
/** The longest accept queue that Linux makes by default. */
const backlog = 4096
const patience = 300_000

// As many processes as are usual; for more clients than then find room, more of them.
const maxChildren = clients => (clients > backlog ? clients - backlog / 2 : 256)

export const options = (_folder, clients) => ({
  args: ['--backlog', backlog, '--max-children', maxChildren(clients)],
})

export const inject = torture => torture.quietly(() => comeAtOnce(torture))

async function comeAtOnce({ server, crowd, clients }) {
  const all = []
  while (all.length < clients) {
    const some = Array.from({ length: Math.min(step, clients - all.length) }, () => {
      const client = new Client(server.port)
      return { client, answer: client.ask('one of many', { patience }) }
    })
    await Promise.all(some.map(({ client }) => client.connected()))
    all.push(...some)
  }
  const established = ({ isServers, state }) => isServers && state === 'established'
  const connected = connections(server.port).filter(established).length
  if (connected < clients) throw new Error(`only ${connected} are connected at once`)
  const most = Math.min(clients, maxChildren(clients))
  await until(() => childrenOf(server.daemon).length === most, `${most} server processes`, patience)
  // Each goes as soon as it has its answer, and makes room for one that waits.
  const leave = async ({ client, answer }) => {
    const outcome = await answer
    crowd.count(outcome === 'answered' ? await client.leave(patience) : outcome)
    client.close()
  }
  await Promise.all(all.map(leave))
  return `${connected} connected at once, ${most} server processes at a time`
}
