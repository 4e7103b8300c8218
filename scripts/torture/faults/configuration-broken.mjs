import { writeConfiguration } from '../configuration.mjs'

export const title = 'a configuration file with a fault, and SIGHUP'
export const options = folder => ({ args: ['--config', writeConfiguration(folder)] })

export async function inject({ server, folder, goOn }) {
  writeConfiguration(folder, 'max-children = "many"\n[[[\n')
  server.signal('SIGHUP')
  const [{ reason }] = await server.logged('reload-failed')
  await goOn()
  writeConfiguration(folder)
  server.signal('SIGHUP')
  await server.logged('reloaded')
  return `reload-failed: ${reason.split('\n')[0].replace(/.*\//, '')}; then reloaded`
}
