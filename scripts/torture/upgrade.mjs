import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A hot upgrade whose new daemon process waits, as it loads the handler, until `open` is called. */
export async function beginUpgrade({ server, folder, goOn }) {
  const sign = join(folder, 'closed')
  writeFileSync(sign, '')
  server.signal('SIGUSR2')
  const [{ child: heir }] = await server.logged('upgrading')
  await goOn()
  return { heir, open: () => rmSync(sign) }
}
