import { visit } from '../client.mjs'
import { ticksWhileIdle } from '../examine.mjs'
import { leaveDescriptors, limitDescriptors } from '../limits.mjs'

export const title = 'no descriptor left in the daemon process'
export const mayRefuse = true

export async function inject({ server, crowd, goOn, quietly }) {
  await quietly(async () => leaveDescriptors(server.daemon, 0))
  const isEMFILE = ({ reason, detail }) =>
    reason === 'descriptors' && /^accept.*EMFILE/.test(detail)
  await server.logged('rejected', isEMFILE)
  const ticks = await quietly(async () => {
    crowd.count(await visit(server.port))
    return ticksWhileIdle(server.daemon)
  })
  if (ticks > 1) throw new Error(`${ticks} ticks in an idle second without descriptors`)
  limitDescriptors(server.daemon)
  await goOn()
  const { refused } = await server.status()
  return `EMFILE for ${refused.descriptors} clients; ${ticks} ticks in an idle second meanwhile`
}
