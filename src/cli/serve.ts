import type { Command } from 'commander'
import { unusableOption } from '../server/configuration.ts'
import { listeningLine } from '../server/logLine.ts'
import { clash, optionNames, type WrittenOptions } from '../server/options.ts'
import { asynchronousHandler, serve } from '../server/serve.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { loadHandler } from './loadHandler.ts'
import { optionFor } from './option.ts'

const examples = `
HANDLER is a .ts .mts .js .mjs .cjs file whose default export serves a client:
  export default connection => { for (const chunk of connection) connection.write(chunk) }

Signals: SIGTERM, SIGINT drain and stop, twice without waiting; SIGQUIT stop at once;
  SIGHUP reread the configuration; SIGUSR1 reopen the log, show the status;
  SIGUSR2 start anew with new code, without a client noticing.
Examples:
  truefork serve echo.ts --port 7777
  truefork serve echo.ts --config echo.toml --daemon --log-file /var/log/echo.log`

/** Gives a command the options of the table. */
export function addServeOptions(command: Command): Command {
  command
    .description('serve clients, each in a process of its own')
    .usage('HANDLER [options]')
    .addHelpText('after', examples)
  for (const name of optionNames) command.addOption(optionFor(name))
  return command
}

export async function serveCommand(file: string, options: WrittenOptions): Promise<void> {
  const clashing = clash(options)
  if (clashing) throw new CommandError(exitStatus.usage, `--${clashing}`)
  const handler = await loadHandler(file)
  const outcome = await serve(options, handler).catch(refuse)
  if (outcome.role !== 'top') return
  for (const address of outcome.addresses) {
    process.stderr.write(listeningLine(address, outcome.daemon))
  }
}

// The options were checked when they were parsed: what is left is a handler that does not fit, and
// what only the system can tell.
function refuse(error: Error & { code?: string }): never {
  if (error.code !== asynchronousHandler && error.code !== unusableOption) throw error
  throw new CommandError(exitStatus.usage, error.message)
}
