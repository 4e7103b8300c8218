import { leaveDescriptors, limitDescriptors } from '../limits.mjs'

export const title = 'a descriptor for the client, and none to look at the threads before fork'
export const mayRefuse = true

export async function inject({ server, goOn, quietly }) {
  await quietly(async () => leaveDescriptors(server.daemon, 2))
  await server.logged('rejected', ({ detail }) => /^fork: .*EMFILE/.test(detail))
  limitDescriptors(server.daemon)
  await goOn()
  const { refused } = await server.status()
  return `EMFILE at ${refused.descriptors} forks`
}
