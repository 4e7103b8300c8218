// Makes the prebuilt binaries of the native part, for every system, on one Linux machine.
//
//   node scripts/prebuilds.mjs [NAME ...]      linux-x64-glibc, freebsd-arm64, …; none: all
//
// One compiler makes them all: Zig's, from PyPI, in a Python environment that is made here. Sources
// and options are those of binding.gyp, and every warning is an error. The headers of Node lie beside
// the running node. The C++ library is linked in, so that they need nothing but a C library.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { readGyp } from './prebuilds/gyp.mjs'
import { fileOf, targets } from './prebuilds/targets.mjs'

const root = dirname(import.meta.dirname)
const here = join(import.meta.dirname, 'prebuilds')
const toolchain = join(root, '.toolchain')
const python = join(toolchain, 'bin/python')
const headers = join(dirname(dirname(realpathSync(process.execPath))), 'include/node')

function fail(text) {
  console.error(`truefork: ${text}`)
  process.exit(1)
}

async function run(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ZIG_GLOBAL_CACHE_DIR: join(toolchain, 'cache'),
      ZIG_LOCAL_CACHE_DIR: join(toolchain, 'cache'),
    },
  })
  const [status, signal] = await once(child, 'close').catch(error => [error.message])
  if (status !== 0) fail(`${command} failed (${signal ?? status}).`)
}

// A file that says when it is complete: what an interrupted run has left is made anew.
async function prepareToolchain() {
  const wanted = readFileSync(join(here, 'requirements.txt'), 'utf8')
  const installed = join(toolchain, 'requirements.txt')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return
  await run('python3', ['-m', 'venv', '--clear', toolchain])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  const pinned = [
    '--only-binary',
    ':all:',
    '--require-hashes',
    '-r',
    join(here, 'requirements.txt'),
  ]
  await run(python, [...pip, ...pinned])
  writeFileSync(installed, wanted)
}

async function build(target) {
  const { sources, defines, flags, linkFlags } = readGyp(target.os)
  const nodeAddonApi = createRequire(import.meta.url)('node-addon-api').include_dir
  const output = join(root, fileOf(target))
  mkdirSync(dirname(output), { recursive: true })
  await run(python, [
    ...['-m', 'ziglang', 'c++', '-target', target.zig, '-mcpu=baseline'],
    ...['-Os', '-g0', '-fPIC', '-fno-exceptions', '-fno-sanitize=all'],
    ...flags,
    // CMSG_NXTHDR of musl compares a size with a difference of pointers.
    ...(target.libc === 'musl' ? ['-Wno-sign-compare'] : []),
    ...defines,
    '-DNODE_GYP_MODULE_NAME=truefork',
    ...['-isystem', headers, '-isystem', nodeAddonApi],
    ...['-shared', '-s', '-Wl,--gc-sections', `-Wl,--version-script=${join(here, 'exports.map')}`],
    ...linkFlags,
    ...['-o', `${output}.partial`],
    ...sources,
  ])
  renameSync(`${output}.partial`, output)
  console.log(`${fileOf(target)}  ${statSync(output).size} bytes`)
}

const names = process.argv.slice(2)
const unknown = names.filter(name => !targets.some(target => target.name === name))
if (unknown.length > 0) {
  const known = targets.map(({ name }) => name).join(', ')
  console.error(`truefork: no such target: ${unknown.join(', ')}. There are: ${known}`)
  process.exit(64)
}
if (process.platform !== 'linux') fail('the prebuilt binaries are made on Linux.')
if (!existsSync(join(headers, 'node_api.h'))) fail(`no headers of Node in ${headers}.`)
await prepareToolchain()
const wanted = targets.filter(({ name }) => names.length === 0 || names.includes(name))
const builder = async () => {
  for (let next = wanted.shift(); next; next = wanted.shift()) await build(next)
}
await Promise.all(Array.from({ length: availableParallelism() }, builder))
