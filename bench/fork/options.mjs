import { addNode, newCommand, positive, wholeNumber, writableFile } from '../options.mjs'

const extents = {
  usual: { forks: 200, heaps: [0, 16, 64, 256, 512], rounds: 7, seconds: 2 },
  quick: { forks: 40, heaps: [0, 64], rounds: 2, seconds: 0.5 },
}

const command = newCommand('bench:fork')
  .usage('[options]   (npm run bench:fork -- [options])')
  .description('Measures what fork() costs, by the size of the heap, and what truefork adds to it.')
  .option(
    '--node <path>',
    'a node to measure with; repeat it for several (default: this one)',
    addNode,
  )
  .option('--forks <number>', `forks of each kind (default: ${extents.usual.forks})`, wholeNumber)
  .option(
    '--rounds <number>',
    `how often each handler is measured (default: ${extents.usual.rounds})`,
    wholeNumber,
  )
  .option('--seconds <number>', `length of one load (default: ${extents.usual.seconds})`, positive)
  .option('--quick', 'fewer forks, fewer sizes')
  .option('--json <file>', 'write all figures to a file', writableFile)
  .addHelpText('after', '\nWhat is measured, and how to read it: docs/benchmarks.md')

/** @param {string[]} argv as process.argv */
export function parseForkOptions(argv) {
  const given = command.parse(argv).opts()
  return {
    ...(given.quick ? extents.quick : extents.usual),
    ...given,
    nodes: given.node ?? [{ path: process.execPath, version: process.version }],
  }
}
