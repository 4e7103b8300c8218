import { type Command, Option } from 'commander'
import { listeningLine } from '../server/logLine.ts'
import {
  clash,
  dashed,
  type OptionName,
  objection,
  optionNames,
  optionTable,
  type WrittenOptions,
} from '../server/options.ts'
import { asynchronousHandler, serve } from '../server/serve.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { loadHandler } from './loadHandler.ts'

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

function optionFor(name: OptionName): Option {
  const { help, argument, repeatable, default: preset } = optionTable[name]
  const written = `--${dashed(name)}`
  if (argument === undefined) return new Option(written, help)
  // The default is only shown: a value that was not given must not hide that of the file.
  const shown = preset === undefined ? help : `${help} (default: ${preset})`
  return new Option(`${written} <${argument}>`, shown).argParser((text, before?: unknown) =>
    repeatable ? [...((before as unknown[]) ?? []), parse(name, text)] : parse(name, text),
  )
}

function parse(name: OptionName, text: string): unknown {
  const isNumber = typeof optionTable[name].default === 'number'
  const value = isNumber && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
  const wrong = objection(name, value)
  if (wrong) throw new CommandError(exitStatus.usage, `--${dashed(name)}: ${wrong}`)
  return value
}

export async function serveCommand(file: string, options: WrittenOptions): Promise<void> {
  const clashing = clash(options)
  if (clashing) throw new CommandError(exitStatus.usage, `--${clashing}`)
  const handler = await loadHandler(file)
  const outcome = await serve(options, handler).catch(refuseHandler)
  if (outcome.role !== 'top') return
  for (const address of outcome.addresses) {
    process.stderr.write(listeningLine(address, outcome.daemon))
  }
}

// The options were checked when they were parsed: what is left is a handler that does not fit.
function refuseHandler(error: Error & { code?: string }): never {
  if (error.code !== asynchronousHandler) throw error
  throw new CommandError(exitStatus.usage, error.message)
}
