// The configuration file: TOML, with the options under the names of the command line, and the
// table [handler], which is the handler's own.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { HandlerSettings } from './connection.ts'
import {
  clash,
  dashed,
  objection,
  optionNamed,
  optionNames,
  type WrittenOptions,
} from './options.ts'

/** The code of a ConfigurationError. */
export const configurationError = 'ERR_CONFIGURATION'

/** A configuration that cannot be used. The message says where, what and what would be right. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly code = configurationError
}

/** What a configuration file says. */
export interface ConfigurationFile {
  options: WrittenOptions
  /** The `[handler]` table. */
  handler: HandlerSettings
  /** The line, counted from 1, on which a key stands as it is written. */
  lineOf: (key: string) => number
}

export const emptyFile: ConfigurationFile = { options: {}, handler: {}, lineOf: () => 0 }

/** @throws ConfigurationError: it cannot be read, or says what cannot be */
export function readFile(path: string): ConfigurationFile {
  const text = readText(path)
  const table = parse(path, text)
  const options: Record<string, unknown> = {}
  let handler: HandlerSettings = {}
  for (const [key, value] of Object.entries(table)) {
    const wrong = (reason: string) =>
      new ConfigurationError(`${path}:${lineOf(text, key)}: ${reason}`)
    if (key === 'handler') {
      if (!isTable(value)) throw wrong('handler: expected a table, [handler]')
      handler = value
      continue
    }
    const name = optionNamed(key)
    if (name === undefined) throw wrong(`${key}: no such option; they are ${known()}`)
    if (name === 'config') throw wrong('config: a configuration file cannot name another')
    const reason = objection(name, value)
    if (reason) throw wrong(`${key}: ${reason}`)
    options[name] = value
  }
  const clashing = clash(options)
  if (clashing) throw new ConfigurationError(`${path}:${lineOf(text, 'listen')}: ${clashing}`)
  return { options, handler, lineOf: key => lineOf(text, key) }
}

const known = () =>
  [...optionNames.filter(name => name !== 'config').map(dashed), '[handler]'].join(', ')

const isTable = (value: unknown): value is HandlerSettings =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const [reason] = (error as Error).message.split(', open')
    throw new ConfigurationError(`${path}: ${reason}`)
  }
}

function parse(path: string, text: string): Record<string, unknown> {
  // Loaded only where there is a file: every server process would carry it.
  const toml = createRequire(import.meta.url)('smol-toml') as typeof import('smol-toml')
  try {
    return toml.parse(text)
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error
    const [reason] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    throw new ConfigurationError(`${path}:${error.line}:${error.column}: ${reason}`)
  }
}

// The parser keeps no lines. A key of the top level stands at the start of one.
function lineOf(text: string, key: string): number {
  const start = new RegExp(`^\\s*(\\[\\s*)?["']?${key.replace(/\W/g, '\\$&')}["']?\\s*[=.\\]]`)
  return text.split('\n').findIndex(line => start.test(line)) + 1
}
