import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './folder.ts'
import { startServer } from './server.ts'

/** A server with a configuration file, which `rewrite` changes and has reread. */
export async function startConfigured(text: string, args: (string | number)[] = []) {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, text)
  const server = await startServer('talk.mjs', ['--config', file, ...args])
  let reloads = 0
  const rewrite = (changed: string) => {
    writeFileSync(file, changed)
    server.signal('SIGHUP')
    return server.log(/^truefork: reloaded /, ++reloads)
  }
  return { server, file, rewrite }
}
