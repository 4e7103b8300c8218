// What the table of options says of one.
import * as v from 'valibot'

export interface OptionRow {
  schema: v.GenericSchema<unknown>
  /** Said when a value does not fit: `--port: expected …`. */
  expected: string
  /** Completes the help text. */
  help: string
  /** What the value is called in the help text; none for a switch. */
  argument?: string
  /** Whether SIGHUP can apply a change, or only a new start (SIGUSR2). */
  applied: 'reload' | 'start'
  default?: unknown
  /** May be given several times; in the file and the programming interface it may be an array. */
  repeatable?: true
  /**
   * What the command line makes of a text; default: the text itself, or, as the default of the
   * option is, a number. Throws an error that tells what would be right.
   */
  read?: (text: string) => unknown
  /** Throws an error that tells what is wrong with a text, and what would be right. */
  check?: (text: string) => unknown
}

export const wholeNumber = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high))

/** The number that a text is; the text, for the schema to refuse, if it is none. */
export const number = (text: string): unknown => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text)

export const oneOrMore = (item: v.GenericSchema<unknown>) =>
  v.union([item, v.pipe(v.array(item), v.minLength(1))])

/** Also none: a list of nothing is one. */
export const texts = v.union([v.string(), v.array(v.string())])

export const text = v.pipe(v.string(), v.minLength(1))
