import type { CommandShape, OptionShape, Value } from './shapes.ts'

/** A completion for fish(1). */
export const forFish = (commands: readonly CommandShape[]): string => `\
# Completion of truefork for fish, made by: truefork completion fish

# The command is this one, and what comes is its own: it does not stand behind --.
function __truefork_in
    set -l words (commandline -opc)
    test "$words[2]" = $argv[1]; and not contains -- -- $words
end

# Behind --, the command line of another program begins.
function __truefork_behind
    set -l words (commandline -opc)
    test "$words[2]" = $argv[1]; and contains -- -- $words
end

function __truefork_program
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c truefork -f
complete -c truefork -n 'test (count (commandline -opc)) -eq 1' -l version -d 'print the version'
complete -c truefork -n 'test (count (commandline -opc)) -eq 1' -l help -d 'print this help'
${commands.map(({ name, help }) => `complete -c truefork -n 'test (count (commandline -opc)) -eq 1' -a ${name} -d ${quoted(help)}`).join('\n')}
${commands.flatMap(commandLines).join('\n')}
`

function commandLines(command: CommandShape): string[] {
  const inside = `complete -c truefork -n ${quoted(`__truefork_in ${command.name}`)}`
  const [operand] = command.operands
  const operands = operand && operandLine(command, operand, inside)
  return [
    ...command.options.map(option => `${inside} ${optionWords(option)}`),
    ...(operands ? [operands] : []),
  ]
}

function optionWords({ short, long, help, value }: OptionShape): string {
  const names = `${short ? `-s ${short.slice(1)} ` : ''}-l ${long.slice(2)}`
  return `${names} ${value ? `${argument(value)} ` : ''}-d ${quoted(help)}`
}

function operandLine({ name }: CommandShape, operand: Value, inside: string): string | undefined {
  if (operand.kind === 'any') return undefined
  if (operand.kind !== 'program') return `${inside} ${argument(operand).replace(/^-[xr] /, '')}`
  const behind = quoted(`__truefork_behind ${name}`)
  return `complete -c truefork -n ${behind} -a '(__truefork_program)'`
}

function argument(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `-x -a ${quoted(value.words.join(' '))}`
    case 'file':
      return value.endings
        ? `-x -k -a '(__fish_complete_suffix ${value.endings.map(each => `.${each}`).join(' ')})'`
        : '-r -F'
    case 'directory':
      return `-x -a '(__fish_complete_directories)'`
    case 'user':
      return `-x -a '(__fish_complete_users)'`
    case 'group':
      return `-x -a '(__fish_complete_groups)'`
    case 'program':
    case 'any':
      return '-x'
  }
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
