import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { ForkUnsafeError } from '../fork/checkFork.ts'
import { isSystemError } from '../posix/errors.ts'
import { configurationError } from '../server/configurationFile.ts'
import { programError } from '../server/findProgram.ts'
import { check } from './check.ts'
import { addCompletionArguments, completion } from './completion.ts'
import { addExecOptions, execCommand } from './exec.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { addExplainOptions, explain } from './explain.ts'
import { addGradeOptions, gradeCommand } from './gradeOptions.ts'
import { run } from './run.ts'
import { addServeOptions, serveCommand } from './serve.ts'
import { addTimelineOptions, timeline } from './timeline.ts'
import { addTopOptions, top } from './top.ts'

/** Parses the command line, does what it says and ends the process with the status of design. */
export async function runCommand(argv: readonly string[]): Promise<never> {
  try {
    await program().parseAsync([...argv])
    process.exit(exitStatus.ok)
  } catch (error) {
    process.exit(report(error))
  }
}

/** The commands and their options: what is parsed, and what help, manual and completion are made of. */
export function program(): Command {
  const command = new Command('truefork')
    .description('A real fork(2) for Node.js, and the classic concurrent server on top of it.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride()
    .enablePositionalOptions()
  addServeOptions(command.command('serve [handler]')).action(serveCommand)
  command
    .command('run <file> [args...]')
    .description('start any script so that it can fork')
    .usage('[--trace FILE] FILE [ARGS...]')
    .addHelpText('after', '\nFILE is JavaScript or TypeScript. What stands behind it is its own.')
    .option('--trace <FILE>', 'note every system call of all processes in a file')
    .passThroughOptions()
    .action(run)
  addExecOptions(command.command('exec <program> [args...]')).action(execCommand)
  command.command('check').description('is fork safe here? names each reason why not').action(check)
  addExplainOptions(command.command('explain <address>')).action(explain)
  addTimelineOptions(command.command('timeline <file>')).action(timeline)
  addTopOptions(command.command('top [pid]')).action(top)
  addGradeOptions(command.command('grade [command...]')).action(gradeCommand)
  addCompletionArguments(command.command('completion')).action(completion)
  for (const each of command.commands) each.helpOption('--help', 'print this help')
  return command
}

const oneLine = (text: string) =>
  `${text
    .trim()
    .replace(/^error: /, 'truefork: ')
    .replaceAll('\n', ' ')}; see truefork --help\n`

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitStatus.ok : exitStatus.usage
  }
  if (error instanceof ForkUnsafeError) {
    for (const { message, remedy } of error.reasons) {
      console.error(`truefork: fork is not safe here: ${message}: ${remedy}`)
    }
    return exitStatus.unsafe
  }
  const status = statusOf(error)
  if (status === undefined) throw error
  console.error(`truefork: ${(error as Error).message}`)
  return status
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof CommandError) return error.status
  // By its code: that of a daemon process comes as a word to the top process.
  if ((error as { code?: string }).code === configurationError) return exitStatus.configuration
  if ((error as { code?: string }).code === programError) return exitStatus.noHandler
  return isSystemError(error) ? exitStatus.system : undefined
}
