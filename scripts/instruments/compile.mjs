// Compiles the native part with other options than node-gyp's, into a folder of its own: the ordinary one
// is never replaced. TRUEFORK_PREBUILD names a folder in which node-gyp-build looks instead.
import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readGyp } from '../prebuilds/gyp.mjs'

export const root = join(import.meta.dirname, '../..')
const headers = join(dirname(dirname(realpathSync(process.execPath))), 'include/node')
const nodeAddonApi = createRequire(import.meta.url)('node-addon-api').include_dir

export class CannotRun extends Error {}

/** Runs a command to its end; what it writes is shown if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options })
  if (result.status === 0) return result.stdout.trim()
  const why = result.error?.message ?? `${result.stdout}${result.stderr}`
  throw new CannotRun(`${command} failed (${result.signal ?? result.status}):\n${why}`)
}

export const compiler = process.env.CXX || 'c++'

/**
 * @param {string} name of the folder in .instruments
 * @param {string[]} options of the compiler
 * @param {string[]} [sources] default: those of the native part
 * @returns the folder for TRUEFORK_PREBUILD
 */
export function compile(name, options, sources) {
  const gyp = readGyp(process.platform)
  const folder = join(root, '.instruments', name)
  const output = join(folder, 'build/Release/truefork.node')
  mkdirSync(dirname(output), { recursive: true })
  run(compiler, [
    ...gyp.flags,
    ...gyp.defines,
    ...['-DNODE_GYP_MODULE_NAME=truefork', '-fPIC', '-shared', '-g', ...options],
    ...['-isystem', headers, '-isystem', nodeAddonApi, ...gyp.linkFlags],
    ...['-o', output, ...(sources ?? gyp.sources)],
  ])
  return folder
}
