// What a shell has to know to complete a command line, out of the definitions that parse it.
import type { Argument, Command, Option } from 'commander'
import type * as v from 'valibot'
import { mistakeNames } from '../../break/break.ts'
import { checks } from '../../grade/checks/index.ts'
import { type OptionName, optionTable } from '../../server/options.ts'

/** What may stand in a place. */
export type Value =
  | { kind: 'words'; words: readonly string[] }
  | { kind: 'file'; endings?: readonly string[] }
  | { kind: 'directory' | 'user' | 'group' | 'program' | 'any' }

export interface OptionShape {
  /** With its dashes. */
  long: string
  short: string | undefined
  help: string
  /** None for a switch. */
  value: (Value & { name: string }) | undefined
}

export interface CommandShape {
  name: string
  help: string
  options: readonly OptionShape[]
  /** The operands one by one; the last one for all that follow it, if `hasMore`. */
  operands: readonly (Value & { name: string })[]
  hasMore: boolean
}

const scripts: Value = { kind: 'file', endings: ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'] }

/** What the name of an argument does not tell. */
const known: Record<string, () => Value> = {
  '--break': () => ({ kind: 'words', words: ['list', ...mistakeNames()] }),
  '--only': () => ({ kind: 'words', words: checks.map(({ name }) => name) }),
  '--skip': () => ({ kind: 'words', words: checks.map(({ name }) => name) }),
  '--user': () => ({ kind: 'user' }),
  '--group': () => ({ kind: 'group' }),
  'serve handler': () => scripts,
  'run file': () => scripts,
  'exec program': () => ({ kind: 'program' }),
  'grade command': () => ({ kind: 'program' }),
}

const byName: Record<string, Value> = {
  FILE: { kind: 'file' },
  ARGS: { kind: 'file' },
  DIRECTORY: { kind: 'directory' },
}

export function shapesOf(program: Command): CommandShape[] {
  return program.commands.map(command => ({
    name: command.name(),
    help: command.description(),
    options: optionsOf(command),
    operands: operandsOf(command),
    hasMore: command.registeredArguments.some(({ variadic }) => variadic),
  }))
}

function optionsOf(command: Command): OptionShape[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(option => {
      const name = /<(.*)>/.exec(option.flags)?.[1]
      return {
        long: option.long as string,
        short: option.short,
        help: option.description,
        value: name === undefined ? undefined : { ...valueBehind(option, name), name },
      }
    })
}

function operandsOf(command: Command): (Value & { name: string })[] {
  const operands = command.registeredArguments.map(argument => operandOf(command, argument))
  // The words of another command line: its program, and what stands behind it.
  const isProgram = operands.length === 1 && operands[0]?.kind === 'program'
  return isProgram ? [...operands, { kind: 'file', name: 'ARGS' }] : operands
}

function operandOf(command: Command, argument: Argument): Value & { name: string } {
  const name = argument.name().toUpperCase()
  const value = known[`${command.name()} ${argument.name()}`]?.()
  if (value) return { ...value, name }
  if (argument.argChoices) return { kind: 'words', words: argument.argChoices, name }
  return { ...(byName[name] ?? { kind: 'any' }), name }
}

function valueBehind(option: Option, name: string): Value {
  const value = known[option.long as string]?.()
  if (value) return value
  if (option.argChoices) return { kind: 'words', words: option.argChoices }
  const words = listed(option.attributeName())
  if (words) return { kind: 'words', words }
  return byName[name] ?? { kind: 'any' }
}

/** The words among which an option of the table chooses. */
function listed(name: string): readonly string[] | undefined {
  const schema = optionTable[name as OptionName]?.schema
  return schema?.type === 'picklist'
    ? (schema as v.PicklistSchema<string[], undefined>).options
    : undefined
}
