// The options of `truefork grade`. The judge itself is loaded once it is asked for.
import { type Command, Option } from 'commander'
import { CommandError, exitStatus } from './exitStatus.ts'
import type { GradeOptions } from './grade.ts'

const examples = `
COMMAND is any server, in any language; {port} in it is replaced by a free port. It is started anew for
each check, watched from outside, and ended with all that it has started.

Exit status: 0 no check failed; 1 one did; 64 wrong usage; 66 the server does not start; 69 nothing
could be checked; 78 a bad file. What each check looks at: docs/grading.md.
Examples:
  truefork grade -- ./server {port}
  truefork grade --talk smtp.talk --points points.toml --format junit -- python3 server.py --port={port}
  truefork grade --only zombies,burst --user nobody -- truefork serve handler.js --port {port}`

export function addGradeOptions(command: Command): Command {
  return command
    .description('judge any forking server: concurrency, descriptors, zombies, signals')
    .usage('[options] -- COMMAND [ARGS...]')
    .addHelpText('after', examples)
    .passThroughOptions()
    .option('--talk <FILE>', 'what clients and server say to each other (default: an echo)')
    .option('--points <FILE>', 'what each check is worth, in TOML (default: 1 point)')
    .addOption(
      new Option('--format <FORMAT>', 'how to report')
        .choices(['text', 'json', 'tap', 'junit'])
        .default('text'),
    )
    .option('--only <NAME>', 'ask these checks alone, repeatable or with commas', names)
    .option('--skip <NAME>', 'leave these out, repeatable or with commas', names)
    .option('--list', 'name the checks')
    .option('--timeout <SECONDS>', 'what a check may take as a whole', seconds('--timeout', 1), 120)
    .option(
      '--rest <SECONDS>',
      'watch a server that sleeps for so long before what has not come counts as missing',
      seconds('--rest', 0.5),
      2,
    )
    .option(
      '--user <NAME>',
      'start the server as this user, who is bound by limits that do not bind root',
    )
    .option(
      '--max-children <N>',
      'server processes that it may have: check max-children',
      count('--max-children'),
    )
    .option(
      '--max-processes <N>',
      'processes that a server process may become: check max-processes',
      count('--max-processes'),
    )
    .option(
      '--spares <N>',
      'server processes that wait for clients: checks spares and replacement',
      count('--spares'),
    )
    .option(
      '--clients-per-process <N>',
      'clients that each of them serves: check turnover',
      count('--clients-per-process'),
    )
    .option('--strict', 'a check that could not be made counts as failed')
}

const names = (text: string, before: string[] = []) => [
  ...before,
  ...text.split(',').map(name => name.trim()),
]

const seconds = (option: string, least: number) => (text: string) => {
  const value = Number(text)
  if (text.trim() !== '' && value >= least && value <= 3600) return value
  const expected = `expected seconds, from ${least} to 3600`
  throw new CommandError(exitStatus.usage, `${option}: ${expected}, got '${text}'`)
}

const count = (option: string) => (text: string) => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= 100) return value
  const expected = 'expected a number from 1 to 100'
  throw new CommandError(exitStatus.usage, `${option}: ${expected}, got '${text}'`)
}

/** `truefork grade`: servers do not carry it along. */
export async function gradeCommand(words: readonly string[], options: GradeOptions): Promise<void> {
  await (await import('./grade.ts')).grade(words, options)
}
