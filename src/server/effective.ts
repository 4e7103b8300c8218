// The settings that would be in force, and where each comes from: for people who wonder.
import { type Settings, settingsFrom } from './configuration.ts'
import { emptyFile, readFile } from './configurationFile.ts'
import { dashed, type GivenOptions, type OptionName, optionNames } from './options.ts'

/** Where a setting comes from. */
export type Origin =
  | { kind: 'given' }
  | { kind: 'file'; path: string; line: number }
  | { kind: 'default' }
  | { kind: 'unset' }

export interface Effective {
  name: OptionName
  value: unknown
  origin: Origin
}

/**
 * Every option that has an effect beside the others, in the order of the table.
 *
 * @throws as settingsFrom does
 */
export function effectiveSettings(given: GivenOptions): {
  settings: Settings
  effective: Effective[]
  /** The line of the `[handler]` table, 0 if there is none. */
  handlerLine: number
} {
  const settings = settingsFrom(given)
  const path = given.config ?? ''
  const file = given.config === undefined ? emptyFile : readFile(given.config)
  const originOf = (name: OptionName): Origin => {
    if (settings[name] === undefined) return { kind: 'unset' }
    if (given[name] !== undefined) return { kind: 'given' }
    if (file.options[name] === undefined) return { kind: 'default' }
    return { kind: 'file', path, line: file.lineOf(dashed(name)) }
  }
  // What listen says, host and port would contradict.
  const isMoot = (name: OptionName) =>
    settings.listen !== undefined && (name === 'host' || name === 'port')
  const effective = optionNames
    .filter(name => !isMoot(name))
    .map(name => ({ name, value: settings[name], origin: originOf(name) }))
  return { settings, effective, handlerLine: file.lineOf('handler') }
}
