import type { Command } from 'commander'
import { closeOnExecFrom } from '../posix/descriptors.ts'
import { restoreDescriptorLimit } from '../server/descriptorLimit.ts'
import { ofHandlers, optionNames } from '../server/options.ts'
import { Program } from '../server/program.ts'
import { serveProgram } from '../server/serve.ts'
import { optionFor } from './option.ts'
import { type CommandLine, checkConfigOption, checkOrServe } from './serve.ts'

const examples = `
PROGRAM is a path, or found in PATH. It has the client as standard input and output, and its
addresses in the environment: PROTO TCPLOCALIP TCPLOCALPORT TCPREMOTEIP TCPREMOTEPORT.

Signals, limits, access rules and logs are those of serve: see truefork serve --help.
Examples:
  truefork exec -- cat
  truefork exec --port 13 --user nobody -- date
  truefork exec --limit nofile=64 --lifetime 600 --stderr client -- sh -c 'read name; echo "hello $name"'`

/** Gives a command the options of the table that are for programs. */
export function addExecOptions(command: Command): Command {
  command
    .description('serve clients by any UNIX program, a process of its own for each')
    .usage('[options] -- PROGRAM [ARGS...]')
    .addHelpText('after', examples)
    .passThroughOptions()
    .option(...checkConfigOption)
  for (const name of optionNames) {
    // These are refused with a reason.
    command.addOption(optionFor(name).hideHelp(ofHandlers.includes(name)))
  }
  return command
}

/** `truefork exec`: what whoever started it has left to it, a program gets as if node had not been. */
export const execCommand = (
  name: string,
  args: readonly string[],
  options: CommandLine,
): Promise<void> => checkOrServe(options, () => prepare(new Program([name, ...args])), serveProgram)

function prepare(program: Program): Program {
  program.hasOwnLimit = restoreDescriptorLimit()
  // Node marks only the first of those that it inherits.
  closeOnExecFrom(3)
  return program
}
