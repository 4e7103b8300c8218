// How a benchmark ends: nothing that it has started outlives it, and errors are one line.
import { constants } from 'node:os'
import { CommanderError } from 'commander'
import { CommandError, usage } from './errors.mjs'
import { endAll } from './server.mjs'

/** @param {() => Promise<number>} main returns the exit status */
export async function runProgram(name, main) {
  process.on('exit', endAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]))
  }
  try {
    process.exitCode = await main()
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : usage)
    if (!(error instanceof CommandError)) throw error
    console.error(`${name}: ${error.message}`)
    process.exit(error.status)
  }
}
