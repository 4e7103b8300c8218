// The Node.js versions that truefork supports. `node scripts/nodes.mjs` fetches and lists them.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const versions = ['22.23.3', '24.21.0', '26.10.0']

const store = fileURLToPath(new URL('../.nodes/', import.meta.url))

// npm carries node itself, as packages that hold the official archive. There are some for Linux
// alone; elsewhere the running node is the only one.
function isAvailable() {
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
}

/**
 * Unpacked beside its place and then renamed: a folder with a version's name is always complete,
 * and what an interrupted run has left is thrown away by the next one.
 * @param {string} version
 * @param {string} [arch] of the machine that it is for
 * @param {string[]} [under] what starts it, where this is another machine
 * @returns the path of node
 */
export function fetchNode(version, arch = process.arch, under = []) {
  const name = arch === process.arch ? version : `${version}-${arch}`
  const home = join(store, name)
  const execPath = join(home, 'bin/node')
  if (existsSync(execPath)) return execPath

  const partial = join(store, `.partial-${name}`)
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  console.log(`fetching node ${name} ...`)
  const spec = `node-linux-${arch}@${version}`
  execFileSync('npm', ['pack', '--silent', '--pack-destination', partial, spec], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const archive = readdirSync(partial).find(name => name.endsWith('.tgz'))
  execFileSync('tar', ['-xzf', archive], { cwd: partial })

  const unpacked = join(partial, 'package')
  const [file, ...words] = [...under, join(unpacked, 'bin/node'), '--version']
  const answer = execFileSync(file, words, { encoding: 'utf8' })
  if (answer.trim() !== `v${version}`) throw new Error(`${spec} holds node ${answer.trim()}`)
  rmSync(home, { recursive: true, force: true })
  renameSync(unpacked, home)
  rmSync(partial, { recursive: true })
  return execPath
}

/**
 * The running node first, then the others, fetched if they are not there yet.
 * @param {(version: string) => boolean} [isWanted]
 * @returns {{ version: string, execPath: string }[]}
 */
export function nodes(isWanted = () => true) {
  const running = { version: process.versions.node, execPath: process.execPath }
  const others = isAvailable() ? versions.filter(version => version !== running.version) : []
  return [
    ...[running].filter(({ version }) => isWanted(version)),
    ...others.filter(isWanted).map(version => ({ version, execPath: fetchNode(version) })),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { version, execPath } of nodes()) console.log(`${version}  ${execPath}`)
}
