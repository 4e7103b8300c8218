// The command line of the torture.
import { Command, InvalidArgumentError } from 'commander'

const usage = 64

const clients = text => {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1 to 99999')
}

/**
 * @param {string[]} argv
 * @param {import('./faults.mjs').Fault[]} faults
 */
export function parseOptions(argv, faults) {
  const named = (text, before = []) => {
    const fault = faults.find(({ name }) => name === text)
    if (!fault) throw new InvalidArgumentError('expected the name of a fault: see --list')
    return [...before, fault]
  }
  const command = new Command('torture')
    .usage('[options]   (npm run torture -- [options])')
    .description('Injects faults into a server that has clients, and tells whether it is sound.')
    .option('--only <name>', 'this fault alone; repeat it for several', named)
    .option('--clients <number>', 'how many come at once in the fault `crowd`', clients, 500)
    .option('--list', 'print the faults and end')
    .helpOption('--help', 'print this help')
    .exitOverride()
  try {
    const { only = faults, ...rest } = command.parse(argv).opts()
    return { only, ...rest }
  } catch (error) {
    process.exit(error.exitCode === 0 ? 0 : usage)
  }
}
