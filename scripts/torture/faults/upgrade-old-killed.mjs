import { isThere } from '../proc.mjs'
import { until } from '../until.mjs'
import { beginUpgrade } from '../upgrade.mjs'

export const title = 'SIGKILL of the old daemon process in the middle of a hot upgrade'
// Whoever is in the hands of the old one at that moment.
export const mayRefuse = true

export async function inject(torture) {
  const { server } = torture
  const { heir, open } = await beginUpgrade(torture)
  const clients = await torture.holdMany(5)
  server.signal('SIGKILL')
  const end = await server.exited
  await until(() => !isThere(server.daemon), 'the end of the old daemon process')
  open()
  await server.logged('listening', ({ pid }) => pid === heir)
  server.daemon = heir
  const outcomes = await Promise.all(clients.map(torture.release))
  const served = outcomes.filter(outcome => outcome === 'answered').length
  if (served < clients.length) throw new Error(`${served} of ${clients.length} clients served on`)
  return `the old one ended with ${end}, its ${served} clients were served on; the new one serves`
}
