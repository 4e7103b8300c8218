import { beginUpgrade } from '../upgrade.mjs'

export const title = 'SIGKILL of the new daemon process in the middle of a hot upgrade'

export async function inject(torture) {
  const { heir, open } = await beginUpgrade(torture)
  process.kill(heir, 'SIGKILL')
  const [{ reason }] = await torture.server.logged('upgrade-failed')
  open()
  return `upgrade-failed: ${reason}; the old one serves on`
}
