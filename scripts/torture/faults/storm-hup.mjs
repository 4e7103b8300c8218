import { writeConfiguration } from '../configuration.mjs'
import { storm } from '../storm.mjs'

export const title = '1,000 SIGHUP as fast as can be'
export const options = folder => ({ args: ['--config', writeConfiguration(folder)] })

export async function inject({ server }) {
  const sent = await storm(server.daemon, 'SIGHUP')
  await server.logged('reloaded')
  return `${sent} sent, ${server.log('reloaded').length} times reloaded (those together are one)`
}
