import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { WarmUp } from '../server/handlerWarmUp.ts'
import type { Handler } from '../server/server.ts'
import { wholly } from '../server/wholly.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { importTypeScript, isTypeScript } from './typescript.ts'

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

export interface HandlerModule {
  handler: Handler
  warmup?: WarmUp
}

/**
 * Loads the default export of a handler file, and its export warmup if it has one. What the file does
 * when it is loaded, compiling tables, reading files, is done once, and every server process finds it
 * done.
 */
export async function loadHandler(file: string): Promise<HandlerModule> {
  const path = resolve(file)
  if (!existsSync(path)) throw refuse(file, 'no such file')
  if (!statSync(path).isFile()) throw refuse(file, 'not a file')
  if (!endings.includes(extname(path))) throw refuse(file, `expected one of ${endings.join(' ')}`)
  process.setSourceMapsEnabled(true)
  const loaded = await load(file, path)
  const handler = unwrap(loaded)
  if (typeof handler !== 'function') {
    throw refuse(
      file,
      'it has no default export that is a function: export default connection => …',
    )
  }
  const { warmup } = loaded as { warmup?: unknown }
  if (warmup === undefined) return { handler: handler as Handler }
  if (typeof warmup !== 'function') throw refuse(file, 'its export warmup is no function')
  return { handler: handler as Handler, warmup: warmup as WarmUp }
}

async function load(file: string, path: string): Promise<unknown> {
  // Nothing is left to wait for: node would end here, without a word.
  const stuck = () => {
    console.error(`truefork: ${refuse(file, 'its top-level await never ends').message}`)
    process.exit(exitStatus.noHandler)
  }
  process.once('beforeExit', stuck)
  try {
    return await wholly(() =>
      isTypeScript(path) ? importTypeScript(path) : import(pathToFileURL(path).href),
    )
  } catch (error) {
    throw refuse(file, reasonOf(error, path))
  } finally {
    process.off('beforeExit', stuck)
  }
}

// module.exports of a .cts file is itself what arrives; exports.default of compiled CommonJS
// arrives one level deeper.
function unwrap(loaded: unknown): unknown {
  if (typeof loaded === 'function') return loaded
  const handler = (loaded as { default?: unknown }).default
  if (typeof handler === 'function') return handler
  return (handler as { default?: unknown } | undefined)?.default
}

const refuse = (file: string, reason: string) =>
  new CommandError(exitStatus.noHandler, `cannot load the handler ${file}: ${reason}`)

function reasonOf(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error)
  const message = error.message.replace(/\s+/g, ' ')
  const place = error instanceof SyntaxError ? ` (${placeOfSyntaxError(path)})` : ''
  return `${error.name}: ${message}${place}`
}

// Node knows the line, but tells it only where it prints an error that nobody has caught.
function placeOfSyntaxError(path: string): string {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
  return stderr.split('\n')[0] || 'in a file that it imports'
}
