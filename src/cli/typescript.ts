// TypeScript, on Node 20 too, without a thread: Node's own loader hooks start one, and fork is not
// safe beside it. jiti compiles what it meets, and keeps the result in the user's cache.
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TransformOptions, TransformResult } from 'jiti'

export const isTypeScript = (file: string): boolean => /\.[cm]?ts$/.test(file)

/** import(), for a file in TypeScript. */
export async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(path, {
    fsCache: cacheFolder(),
    interopDefault: false,
    transform: compileElsewhere,
  })
  return jiti.import(path)
}

// The compiler takes 30 MB. Loaded here, it would be copied into every server process; so it works
// in a process of its own, on the first start after a file has changed.
function compileElsewhere(options: TransformOptions): TransformResult {
  const script = fileURLToPath(new URL('./compile.js', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    input: JSON.stringify(options),
    maxBuffer: Number.POSITIVE_INFINITY,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cannot compile ${options.filename}: ${stderr}`)
  return JSON.parse(stdout) as TransformResult
}

// What lies in the cache is executed: nobody else may be able to write there.
function cacheFolder(): string | false {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'truefork')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? folder : false
  } catch {
    return false
  }
}
