import type { Command } from 'commander'
import { noArena } from '../fork/arena.ts'
import { unusableOption } from '../server/configuration.ts'
import { listeningLine, liveLine } from '../server/logLine.ts'
import { clash, ofPrograms, optionNames, type WrittenOptions } from '../server/options.ts'
import type { Program } from '../server/program.ts'
import { asynchronousHandler, serve, warmUpFailed } from '../server/serve.ts'
import type { Handler } from '../server/server.ts'
import type { Outcome } from '../server/topProcess.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { type HandlerModule, loadHandler } from './loadHandler.ts'
import { optionFor } from './option.ts'

const examples = `
HANDLER is a .ts .mts .js .mjs .cjs file whose default export serves a client:
  export default connection => { for (const chunk of connection) connection.write(chunk) }
If it exports warmup, that is called before the first client: see docs/performance.md.

Signals: SIGTERM, SIGINT drain and stop, twice without waiting; SIGQUIT stop at once;
  SIGHUP reread the configuration; SIGUSR1 reopen the log, show the status;
  SIGUSR2 start anew with new code, without a client noticing.
Examples:
  truefork serve echo.ts --port 7777
  truefork serve echo.ts --config echo.toml --daemon --log-file /var/log/echo.log`

// Acts before anything is loaded: see main.ts.
const arenaOption = [
  '--arena',
  "have all of V8's heap in one place: a cheaper fork, by LD_PRELOAD; see docs/performance.md",
] as const

export const checkConfigOption = [
  '--check-config',
  'print the effective settings and where each comes from, and end',
] as const

/** Gives a command the options of the table. */
export function addServeOptions(command: Command): Command {
  command
    .description('serve clients, each in a process of its own')
    .usage('HANDLER [options]')
    .option(...checkConfigOption)
    .option(...arenaOption)
    .option('--break <NAME>', 'make a classic mistake on purpose, to see it; list tells which')
    .addHelpText('after', examples)
  for (const name of optionNames) {
    if (!ofPrograms.includes(name)) command.addOption(optionFor(name))
  }
  return command
}

export interface CommandLine extends WrittenOptions {
  checkConfig?: true
}

export async function serveCommand(
  file: string | undefined,
  { break: mistake, arena, ...commandLine }: CommandLine & { break?: string; arena?: true },
): Promise<void> {
  // Loaded only where it is asked for, so that nobody breaks a server by accident.
  const broken = mistake === undefined ? undefined : await import('./broken.ts')
  if (mistake === 'list') return broken?.list()
  if (file === undefined) throw new CommandError(exitStatus.usage, missingHandler)
  const start = broken && mistake !== undefined ? broken.starter(mistake, commandLine) : serve
  const without = arena ? noArena() : undefined
  if (without) console.error(`truefork: serving without --arena: ${without}`)
  let own: Pick<HandlerModule, 'warmup'> = {}
  const load = async () => {
    const { handler, ...rest } = await loadHandler(file)
    own = rest
    return handler
  }
  await checkOrServe(commandLine, load, (options, handler) =>
    start({ ...options, ...own }, handler),
  )
}

const missingHandler = "missing required argument 'handler'; see truefork --help"

/**
 * What serve and exec do with their options.
 *
 * @param load makes what serves, once it is certain that the options are well written
 */
export async function checkOrServe<What extends Handler | Program>(
  commandLine: CommandLine,
  load: () => What | Promise<What>,
  start: (options: WrittenOptions, what: What) => Promise<Outcome>,
): Promise<void> {
  const { checkConfig, ...options } = commandLine
  const clashing = clash(options)
  if (clashing) throw new CommandError(exitStatus.usage, `--${clashing}`)
  const what = await load()
  try {
    if (checkConfig) await check(options, what)
    else tellOutcome(await start(options, what))
  } catch (error) {
    refuse(error as Error)
  }
}

async function check(options: WrittenOptions, what: Handler | Program): Promise<void> {
  // Loaded only where it is asked for: every server process would carry it.
  const { checkConfig } = await import('./checkConfig.ts')
  checkConfig(options, what)
}

// The daemon process in the background cannot say itself where it listens.
function tellOutcome(outcome: Outcome): void {
  if (outcome.role !== 'top') return
  for (const address of outcome.addresses) {
    process.stderr.write(listeningLine(address, outcome.daemon))
  }
  if (outcome.live !== undefined) process.stderr.write(liveLine(outcome.live))
}

// The options were checked when they were parsed: what is left is a handler that does not fit, and
// what only the system can tell.
function refuse(error: Error & { code?: string }): never {
  if (error.code === warmUpFailed) throw new CommandError(exitStatus.noHandler, error.message)
  if (error.code !== asynchronousHandler && error.code !== unusableOption) throw error
  throw new CommandError(exitStatus.usage, error.message)
}
