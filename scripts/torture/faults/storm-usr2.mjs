import { isThere } from '../proc.mjs'
import { storm } from '../storm.mjs'
import { until } from '../until.mjs'

export const title = '1,000 SIGUSR2 as fast as can be'

export async function inject({ server }) {
  const old = server.daemon
  const sent = await storm(old, 'SIGUSR2')
  const [{ child }] = await server.logged('upgraded')
  await until(() => !isThere(old), 'the end of the old daemon process')
  server.daemon = child
  const refused = server.log('upgrade-failed').length
  return `${sent} sent, ${server.log('upgrading').length} upgrade begun, ${refused} times refused`
}
