// `truefork completion SHELL`. All that it needs is loaded when it is called.
import { Argument, type Command } from 'commander'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

const about = `
What it prints is for the shell to read at its start, as
  source <(truefork completion bash)        in ~/.bashrc
  truefork completion zsh > DIRECTORY/_truefork        a directory of $fpath
  truefork completion fish > ~/.config/fish/completions/truefork.fish
It does not run truefork when a key is pressed: make it anew after an update.`

export function addCompletionArguments(command: Command): Command {
  return command
    .description('print the completion of commands, options and values for a shell')
    .usage('SHELL')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .addHelpText('after', about)
}

/** `truefork completion SHELL` */
export async function completion(shell: Shell, _: object, command: Command): Promise<void> {
  const { shapesOf } = await import('./completion/shapes.ts')
  const writers = {
    bash: async () => (await import('./completion/bash.ts')).forBash,
    zsh: async () => (await import('./completion/zsh.ts')).forZsh,
    fish: async () => (await import('./completion/fish.ts')).forFish,
  }
  const write = await writers[shell]()
  process.stdout.write(write(shapesOf(command.parent as Command)))
}
