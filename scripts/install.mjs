// Gets the native part ready: a prebuilt binary where one fits, else a build from source.
//
//   node scripts/install.mjs                 what npm runs at install
//   node scripts/install.mjs --from-source   never take a prebuilt binary; skip if nothing changed
//   node scripts/install.mjs --strict        always build, and let every warning be an error
//
// It uses nothing but Node itself, since it may run before anything else is in place.
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  realpathSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'build/Release/truefork.node')
const prefix = dirname(dirname(realpathSync(process.execPath)))
const options = new Set(process.argv.slice(2))
const strict = options.has('--strict')
const freebsd = process.platform === 'freebsd'

const say = text => console.log(`truefork: ${text}`)
const fail = text => {
  console.error(`truefork: ${text}`)
  process.exit(1)
}

if (process.platform !== 'linux' && !freebsd) {
  fail(`fork(2) works on Linux and FreeBSD only; ${process.platform} is not supported.`)
}
if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node.js 20 or newer is needed; this is ${process.version}.`)
}

// A binary that exists may still be for another libc or another machine: only loading it tells,
// and that in a process of its own, so that a crash there is no crash here.
const loads = file =>
  spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'ignore' })
    .status === 0

// One that loads here is found when it is needed, too: see src/posix/nativePart.ts.
function hasPrebuild() {
  const folder = join(root, `prebuilds/${process.platform}-${process.arch}`)
  const binaries = existsSync(folder) ? readdirSync(folder) : []
  return binaries.some(name => name.endsWith('.node') && loads(join(folder, name)))
}

// The directories count too: their time changes when a source file is added or removed.
function newest(path) {
  const stat = statSync(path)
  const inside = stat.isDirectory() ? readdirSync(path).map(name => newest(join(path, name))) : []
  return Math.max(stat.mtimeMs, ...inside)
}

function isUpToDate() {
  if (!existsSync(built)) return false
  const sources = Math.max(newest(join(root, 'native')), newest(join(root, 'binding.gyp')))
  return statSync(built).mtimeMs >= sources && loads(built)
}

function isOnPath(command) {
  return (
    command.includes('/') ||
    process.env.PATH?.split(delimiter).some(directory => {
      try {
        accessSync(join(directory, command), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
  )
}

function checkTools() {
  const { CXX, MAKE, PYTHON, NODE_GYP_FORCE_PYTHON, npm_config_python } = process.env
  const compiler = CXX?.split(' ')[0] || (freebsd ? 'c++' : 'g++')
  const make = MAKE || (freebsd ? 'gmake' : 'make')
  const python = NODE_GYP_FORCE_PYTHON || npm_config_python || PYTHON || 'python3'
  const missing = [compiler, make, python].filter(command => !isOnPath(command))
  if (missing.length > 0) {
    fail(`the native part must be compiled here, and this is not installed: ${missing.join(', ')}
  Debian, Ubuntu:  apt-get install build-essential python3
  FreeBSD:         pkg install node npm python3 gmake
then install again.`)
  }
}

function findNodeGyp() {
  const inNpm = 'node_modules/node-gyp/bin/node-gyp.js'
  const { npm_config_node_gyp, npm_execpath } = process.env
  const candidates = [
    join(root, inNpm), // the version that the project pins
    npm_config_node_gyp, // what npm says that it ships
    npm_execpath && join(dirname(dirname(npm_execpath)), inNpm),
    join(prefix, 'lib/node_modules/npm', inNpm),
  ]
  return (
    candidates.find(file => file && existsSync(file)) ??
    fail('node-gyp was not found: neither in this package nor in npm. Is npm installed?')
  )
}

// The headers beside the running node are those of exactly this version, and need no network.
// node-gyp lets npm's configuration win over its own arguments, so it is set in both places.
function useOwnHeaders(env) {
  if (!existsSync(join(prefix, 'include/node/node_api.h'))) {
    say(`no headers in ${prefix}/include/node; node-gyp looks for them, perhaps in the network`)
    return []
  }
  for (const name of Object.keys(env)) {
    if (/^npm_(config|package_config_node_gyp)_nodedir$/i.test(name)) delete env[name]
  }
  env.npm_config_nodedir = prefix
  return [`--nodedir=${prefix}`]
}

function build() {
  checkTools()
  // binding.gyp asks `node` for the path of node-addon-api: let that be the node that runs now.
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  }
  const nodedir = useOwnHeaders(env)
  if (freebsd) {
    env.CC ??= 'cc'
    env.CXX ??= 'c++'
  }

  const goal = strict ? ['rebuild', '--truefork_strict=1'] : ['configure', 'build']
  const jobs = `--jobs=${availableParallelism()}`
  const result = spawnSync(process.execPath, [findNodeGyp(), ...goal, ...nodedir, jobs], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`)
    fail(`compiling the native part failed (${result.error ?? result.signal ?? result.status}).`)
  }
}

if (options.size === 0 && !process.env.npm_config_build_from_source && hasPrebuild()) {
  say('a prebuilt binary fits this platform')
} else if (!strict && isUpToDate()) {
  say('the native part is up to date')
} else {
  const start = Date.now()
  build()
  // As old as the sources that it was made of: one that is saved during the build is newer.
  utimesSync(built, start / 1000, start / 1000)
  if (!loads(built)) fail(`${built} was compiled but does not load.`)
  say(`native part compiled in ${((Date.now() - start) / 1000).toFixed(1)} s`)
}
