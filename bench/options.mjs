// The command line of the benchmark.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { names } from './servers/table.mjs'

// A quick run tells whether all works, and roughly how things stand.
const extents = {
  usual: { rounds: 5, seconds: 2, held: 1000, heaps: [0, 16, 64, 256, 512] },
  quick: { rounds: 1, seconds: 0.3, held: 100, heaps: [0, 64] },
}

export const positive = text => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 600) return value
  throw new InvalidArgumentError('expected seconds, more than 0, at most 600')
}

export const wholeNumber = text => {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1 to 999')
}

export function addNode(path, before = []) {
  const node = nodeAt(path)
  if (before.some(({ version }) => version === node.version))
    throw new InvalidArgumentError(`node ${node.version} is given twice`)
  return [...before, node]
}

const list = (text, before = []) => [...before, ...text.split(',').filter(name => name !== '')]

/** @returns {{ path: string, version: string }} */
function nodeAt(path) {
  const { stdout, status } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (status !== 0 || !/^v\d+\./.test(stdout))
    throw new InvalidArgumentError('expected the path of a node that can be started')
  return { path: path.includes('/') ? resolve(path) : path, version: stdout.trim() }
}

export function writableFile(text) {
  const folder = dirname(resolve(text))
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InvalidArgumentError(`there is no folder ${folder}`)
  return text
}

const oneLine = (text, name) =>
  text
    .trim()
    .replace(/^error: /, `${name}: `)
    .replaceAll('\n', ' ')

/** @param {string} name of the npm script */
export const newCommand = name =>
  new Command(name)
    .helpOption('--help', 'print this help')
    .configureOutput({
      outputError: (text, write) =>
        write(`${oneLine(text, name)}; see npm run ${name} -- --help\n`),
    })
    .exitOverride()

const command = newCommand('bench')
  .usage('[options]   (npm run bench -- [options])')
  .description('Measures truefork and other forking servers side by side on this machine.')
  .option(
    '--node <path>',
    'a node to run truefork with; repeat it for several (default: this one)',
    addNode,
  )
  .option(
    '--rounds <number>',
    `how often each server is measured (default: ${extents.usual.rounds})`,
    wholeNumber,
  )
  .option('--seconds <number>', `length of one load (default: ${extents.usual.seconds})`, positive)
  .option('--only <names>', 'these servers alone, separated by commas', list)
  .option('--quick', 'about a minute: one round, short loads, fewer idle clients')
  .option('--json <file>', 'write all figures to a file', writableFile)
  .option('--svg <file>', 'draw a chart', writableFile)
  .addHelpText(
    'after',
    () =>
      `\nServers: ${names().join(' ')}\nWhat is measured, and how to read it: docs/benchmarks.md`,
  )

/** @param {string[]} argv as process.argv */
export function parseOptions(argv) {
  const given = command.parse(argv).opts()
  const extent = given.quick ? extents.quick : extents.usual
  return {
    ...given,
    nodes: given.node ?? [{ path: process.execPath, version: process.version }],
    extent: {
      ...extent,
      rounds: given.rounds ?? extent.rounds,
      seconds: given.seconds ?? extent.seconds,
    },
  }
}
