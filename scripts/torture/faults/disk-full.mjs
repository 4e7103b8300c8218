import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const title = 'the disk of the log is full'

const disk = folder => join(folder, 'disk')

export const missing = () => (process.getuid() === 0 ? undefined : 'it takes root to mount a disk')

export function options(folder) {
  mkdirSync(disk(folder))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk(folder)])
  // Before the folder is removed.
  process.prependOnceListener('exit', () => cleanUp(folder))
  return { logFile: join(disk(folder), 'log'), args: ['--log-level', 'debug'] }
}

export const cleanUp = folder => spawnSync('umount', [disk(folder)])

export async function inject({ server, folder, goOn }) {
  const filler = join(disk(folder), 'filler')
  const error = fill(filler)
  // The last page of the log may have had room yet.
  await goOn(20)
  const { bfree } = statfsSync(disk(folder))
  const lines = server.log().length
  await goOn(20)
  const isFull = error === 'ENOSPC' && bfree === 0 && server.log().length === lines
  if (!isFull) throw new Error(`the disk is not full: ${error}, ${bfree} blocks free`)
  rmSync(filler)
  await goOn()
  await server.status()
  return `${error}; no line for 20 clients, and lines again when there is room`
}

function fill(file) {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' })
  } catch (error) {
    return error.code
  }
}
