import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const title = 'a hot upgrade to code that does not load'

export async function inject({ server, folder, goOn }) {
  const sign = join(folder, 'broken')
  writeFileSync(sign, '')
  server.signal('SIGUSR2')
  const [{ reason }] = await server.logged('upgrade-failed')
  await goOn()
  rmSync(sign)
  return `upgrade-failed: ${reason.split(':')[0]}; the old one serves on`
}
