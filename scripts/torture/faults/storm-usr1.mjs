import { storm } from '../storm.mjs'

export const title = '1,000 SIGUSR1 as fast as can be'

export async function inject({ server }) {
  const sent = await storm(server.daemon, 'SIGUSR1')
  await server.logged('status')
  return `${sent} sent, ${server.log('status').length} status lines`
}
