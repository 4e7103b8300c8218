// The options of the table on the command line.
import { Option } from 'commander'
import { number } from '../server/optionRow.ts'
import { dashed, type OptionName, objection, optionTable } from '../server/options.ts'
import { CommandError, exitStatus } from './exitStatus.ts'

/** @param help what it does, where that is not what it does to a server */
export function optionFor(name: OptionName, help = optionTable[name].help): Option {
  const { argument, repeatable, default: preset } = optionTable[name]
  const written = `--${dashed(name)}`
  if (argument === undefined) return new Option(written, help)
  // The default is only shown: a value that was not given must not hide that of the file.
  const shown = preset === undefined || repeatable ? help : `${help} (default: ${preset})`
  return new Option(`${written} <${argument}>`, shown).argParser((text, before?: unknown) =>
    repeatable ? [...((before as unknown[]) ?? []), parse(name, text)] : parse(name, text),
  )
}

function parse(name: OptionName, text: string): unknown {
  const row = optionTable[name]
  const read = row.read ?? (typeof row.default === 'number' ? number : String)
  try {
    const value = read(text)
    const wrong = objection(name, value)
    if (wrong) throw new RangeError(wrong)
    return value
  } catch (error) {
    const { message } = error as Error
    throw new CommandError(exitStatus.usage, `--${dashed(name)}: ${message}`)
  }
}
