import { rmSync } from 'node:fs'
import { writeConfiguration } from '../configuration.mjs'

export const title = 'no configuration file any more, and SIGHUP'
export const options = folder => ({ args: ['--config', writeConfiguration(folder)] })

export async function inject({ server, folder, goOn }) {
  rmSync(writeConfiguration(folder))
  server.signal('SIGHUP')
  const [{ reason }] = await server.logged('reload-failed')
  await goOn()
  writeConfiguration(folder)
  server.signal('SIGHUP')
  await server.logged('reloaded')
  return `reload-failed: ${reason.replace(/\S*\//, '')}; then reloaded`
}
