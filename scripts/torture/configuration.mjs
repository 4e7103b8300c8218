import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Replaces the configuration file of a server in one step. @returns its name */
export function writeConfiguration(folder, text = 'max-children = 200\n') {
  const file = join(folder, 'truefork.toml')
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
  return file
}
