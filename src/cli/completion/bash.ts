import type { CommandShape, Value } from './shapes.ts'

/** A completion for bash(1); the package bash-completion need not be there. */
export const forBash = (commands: readonly CommandShape[]): string => `\
# Completion of truefork for bash, made by: truefork completion bash

_truefork() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} operands=0 place words i
  COMPREPLY=()
  # For bash, --log=json is three words; of --log= the last one is the sign.
  [[ $current == = ]] && current=
  if ((COMP_CWORD == 1)); then
    _truefork_reply words ${quoted(`--help --version ${commands.map(({ name }) => name).join(' ')}`)}
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) break ;;
      -*)
        if _truefork_option "$command" "\${COMP_WORDS[i]}"; then
          ((i++))
          [[ \${COMP_WORDS[i]} == = ]] && ((i++))
        fi
        ;;
      *)
        ((operands++))
        _truefork_ends_options "$command" && break
        ;;
    esac
  done
  if ((i > COMP_CWORD)); then
    _truefork_reply "$place" "$words"
  elif ((i == COMP_CWORD)) && [[ $current == -* ]]; then
    _truefork_options "$command"
    _truefork_reply words "$words"
  else
    # The words of the command line that begins behind --, or with the first operand.
    ((i < COMP_CWORD)) && ((operands += COMP_CWORD - i - 1))
    _truefork_operand "$command" "$operands"
    _truefork_reply "$place" "$words"
  fi
}

# What may stand in a place, as COMPREPLY.
_truefork_reply() {
  local ending
  case $1 in
    words) mapfile -t COMPREPLY < <(compgen -W "$2" -- "$current") ;;
    user | group) mapfile -t COMPREPLY < <(compgen -A "$1" -- "$current") ;;
    program) mapfile -t COMPREPLY < <(compgen -c -- "$current" | sort -u) ;;
    directory)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
    file)
      compopt -o filenames 2>/dev/null
      if [[ -z $2 ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      else
        mapfile -t COMPREPLY < <(
          compgen -d -- "$current"
          for ending in $2; do compgen -f -X "!*.$ending" -- "$current"; done
        )
      fi
      ;;
  esac
}

# The options of a command.
_truefork_options() {
  case $1 in
${commands.map(({ name, options }) => `    ${name}) words=${quoted(options.flatMap(({ short, long }) => (short ? [short, long] : [long])).join(' '))} ;;`).join('\n')}
    *) words= ;;
  esac
}

# What stands behind an option; fails for a switch.
_truefork_option() {
  place=any words=
  case "$1 $2" in
${arms(commands.flatMap(optionPatterns))}
    *) return 1 ;;
  esac
}

# What stands where a command has had so many operands.
_truefork_operand() {
  place=any words=
  case "$1 $2" in
${commands.flatMap(operandPatterns).map(arm).join('\n')}
  esac
}

# Whether all that follows the first operand is its own.
_truefork_ends_options() {
  case $1 in
    ${commands
      .filter(({ hasMore }) => hasMore)
      .map(({ name }) => name)
      .join(' | ')}) return 0 ;;
    *) return 1 ;;
  esac
}

complete -F _truefork truefork
`

const arm = ([pattern, value]: [string, Value]) => `    ${pattern}) ${assignment(value)} ;;`

/** The arms of a case, one for all patterns that lead to the same. */
function arms(patterns: readonly (readonly [pattern: string, value: Value])[]): string {
  const byAssignment = new Map<string, string[]>()
  for (const [pattern, value] of patterns) {
    const found = byAssignment.get(assignment(value))
    if (found) found.push(pattern)
    else byAssignment.set(assignment(value), [pattern])
  }
  return [...byAssignment]
    .map(([assigned, same]) => `    ${same.join(' | \\\n      ')}) ${assigned} ;;`)
    .join('\n')
}

const optionPatterns = ({ name, options }: CommandShape): [string, Value][] =>
  options.flatMap(({ short, long, value }) => {
    if (!value) return []
    const names = short ? [short, long] : [long]
    return names.map((each): [string, Value] => [quoted(`${name} ${each}`), value])
  })

const operandPatterns = ({ name, operands, hasMore }: CommandShape): [string, Value][] =>
  operands.map((operand, index) => {
    const isLast = hasMore && index === operands.length - 1
    return [isLast ? `${quoted(`${name} `)}*` : quoted(`${name} ${index}`), operand]
  })

function assignment(value: Value): string {
  if (value.kind === 'words') return `place=words words=${quoted(value.words.join(' '))}`
  const endings = value.kind === 'file' && value.endings ? value.endings : []
  const words = endings.length > 0 ? ` words=${quoted(endings.join(' '))}` : ''
  return `place=${value.kind}${words}`
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
