import { writeConfiguration } from '../configuration.mjs'
import { isThere } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = '20 hot upgrades and 200 SIGHUP in a row under load'
export const options = folder => ({ args: ['--config', writeConfiguration(folder)] })

const upgrades = 20
const reloads = 10

export async function inject({ server, crowd, goOn }) {
  let reloaded = 0
  for (let count = 1; count <= upgrades; count++) {
    const old = server.daemon
    server.signal('SIGUSR2')
    const { child } = (await server.logged('upgraded', undefined, count)).at(-1)
    await until(() => !isThere(old), 'the end of the old daemon process')
    server.daemon = child
    for (let turn = 0; turn < reloads; turn++) {
      server.signal('SIGHUP')
      await server.logged('reloaded', undefined, ++reloaded)
    }
    await goOn(3)
  }
  const { answered, refused } = crowd
  return `${upgrades} upgraded, ${reloaded} reloaded; meanwhile ${answered} answered, ${refused} refused`
}
