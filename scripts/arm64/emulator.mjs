// A node for arm64 that an x64 machine starts like any other: from npm, under qemu's emulation of the
// user's mode, with a library preloaded that makes up for what the emulator does not do.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CannotRun, root, run } from '../instruments/compile.mjs'
import { fetchNode } from '../nodes.mjs'
import { targets } from '../prebuilds/targets.mjs'

export const version = '24.21.0'

const toolchain = join(root, '.toolchain')
export const folder = join(toolchain, 'arm64')
/** Where Debian puts the C library of arm64 on other machines. */
export const prefix = '/usr/aarch64-linux-gnu'
const target = targets.find(({ name }) => name === 'linux-arm64-glibc')

/** Runs Zig's compiler for arm64, which `npm run build:prebuilds` has fetched. */
export function compileForArm64(args, options = {}) {
  const python = join(toolchain, 'bin/python')
  if (!existsSync(python)) throw new CannotRun('there is no compiler: npm run build:prebuilds')
  const cache = join(toolchain, 'cache')
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache }
  const words = ['-m', 'ziglang', 'cc', '-target', target.zig, ...args]
  return spawnSync(python, words, { env, encoding: 'utf8', ...options })
}

function findEmulator() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const names = ['qemu-aarch64', 'qemu-aarch64-static']
  const found = names.flatMap(name => folders.map(each => join(each, name))).find(existsSync)
  if (!found) throw new CannotRun('there is no qemu-aarch64: apt-get install qemu-user')
  for (const name of ['ld-linux-aarch64.so.1', 'libstdc++.so.6']) {
    const missing = !existsSync(join(prefix, 'lib', name))
    if (missing) throw new CannotRun(`no ${name}: apt-get install libstdc++6-arm64-cross`)
  }
  return found
}

function compilePreload(emulator) {
  const library = join(folder, 'emulated.so')
  const given = { EMULATOR: emulator, PREFIX: prefix, PRELOAD: `LD_PRELOAD=${library}` }
  const { status, stderr } = compileForArm64([
    ...['-shared', '-fPIC', '-O1', '-s', '-Wall', '-Wextra', '-Werror', '-o', library],
    ...Object.entries(given).map(([name, value]) => `-D${name}=${JSON.stringify(value)}`),
    ...['exec.c', 'proc.c'].map(name => join(import.meta.dirname, name)),
  ])
  if (status !== 0) throw new CannotRun(`the library to preload does not compile:\n${stderr}`)
  return library
}

/**
 * @returns a program that behaves as node for arm64, and how the emulator calls itself
 */
export function prepareEmulator() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new CannotRun('this is for Linux on x64; on arm64 itself: npm run verify:host')
  }
  const emulator = findEmulator()
  mkdirSync(folder, { recursive: true })
  const words = [emulator, '-L', prefix, '-E', `LD_PRELOAD=${compilePreload(emulator)}`]
  const execPath = fetchNode(version, 'arm64', words)
  const node = join(folder, 'node')
  const quoted = [...words, execPath].map(word => `'${word}'`).join(' ')
  writeFileSync(node, `#!/bin/sh\nexec ${quoted} "$@"\n`)
  chmodSync(node, 0o755)
  return { node, emulator: run(emulator, ['--version']).split('\n')[0] }
}
