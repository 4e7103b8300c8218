import type { CommandShape, OptionShape, Value } from './shapes.ts'

/** A completion for zsh(1), to be sourced, or as a file _truefork in a directory of $fpath. */
export const forZsh = (commands: readonly CommandShape[]): string => `\
#compdef truefork
# Completion of truefork for zsh, made by: truefork completion zsh

_truefork() {
  local curcontext=$curcontext state line
  local -a names # not commands: zsh has its own by that name
  _arguments -C \\
    '(- *)--version[print the version]' \\
    '(- *)--help[print this help]' \\
    '(-)1:command:->command' \\
    '(-)*::argument:->argument'
  case $state in
    command)
      names=(
${commands.map(({ name, help }) => `        ${quoted(`${name}:${help}`)}`).join('\n')}
      )
      _describe command names
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _truefork ]]; then
  _truefork "$@"
else
  compdef _truefork truefork
fi
`

function commandCase(command: CommandShape): string {
  const specs = [...command.options.flatMap(optionSpecs), ...operandSpecs(command)]
  const lines = specs.map(spec => `            ${quoted(spec)}`)
  return `        ${command.name})\n          _arguments -S \\\n${lines.join(' \\\n')}\n          ;;`
}

function optionSpecs({ short, long, help, value }: OptionShape): string[] {
  const told = `[${help.replace(/[[\]\\]/g, '\\$&')}]`
  if (!value) return [`${long}${told}`]
  const rest = `${told}:${message(value.name)}:${action(value)}`
  return [...(short ? [`*${short}${rest}`] : []), `*${long}=${rest}`]
}

function operandSpecs({ operands, hasMore }: CommandShape): string[] {
  // What follows the first operand of these is not truefork's, whatever it looks like.
  const alone = hasMore ? '(-)' : ''
  return operands.map((operand, index) => {
    const isLast = hasMore && index === operands.length - 1
    // As the program's own completion has it.
    if (isLast && operands[0]?.kind === 'program') return `${alone}*::${operand.name}: _normal`
    return `${alone}${isLast ? '*' : index + 1}:${message(operand.name)}:${action(operand)}`
  })
}

function action(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`
    case 'file':
      return value.endings ? `_files -g "*.(${value.endings.join('|')})(-.)"` : '_files'
    case 'directory':
      return '_files -/'
    case 'user':
      return '_users'
    case 'group':
      return '_groups'
    case 'program':
      // With a space in front, nothing is put between it and its option.
      return ' _command_names -e'
    case 'any':
      return ' '
  }
}

const message = (text: string) => text.replaceAll(':', '\\:')
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
