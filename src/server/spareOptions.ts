// The options of the model prefork: how many server processes wait, and how many clients each serves.
import * as v from 'valibot'
import { number, type OptionRow, wholeNumber } from './optionRow.ts'

export interface SpareOptions {
  /** Model prefork: how many server processes wait for clients, at least and at most; default 5:10 */
  spare?: string | number
  /** Model prefork: how many clients a server process serves, one after the other; default 1 */
  connectionsPerProcess?: number
}

/** How many server processes wait: at least, and at most for longer than it takes to end some. */
export interface SpareRange {
  least: number
  most: number
}

const highest = 1_000_000

/** The range that a text names, `5:10`, or `5` for up to twice as many; undefined if it names none. */
export function spareFrom(text: string | number): SpareRange | undefined {
  const [, least, most] = /^(\d{1,7})(?::(\d{1,7}))?$/.exec(String(text)) ?? []
  const range = { least: Number(least), most: Number(most ?? Number(least) * 2) }
  return range.least >= 1 && range.least <= range.most && range.most <= highest ? range : undefined
}

const isRange = (value: unknown) =>
  (typeof value === 'string' || typeof value === 'number') && spareFrom(value) !== undefined

export const spareRows: Record<keyof SpareOptions, OptionRow> = {
  spare: {
    schema: v.custom(isRange),
    expected: 'how many at least, and how many at most, as 5:10',
    help: 'model prefork: server processes that wait for clients, at least and at most',
    argument: 'MIN[:MAX]',
    applied: 'reload',
    default: '5:10',
  },
  connectionsPerProcess: {
    schema: wholeNumber(1, 1_000_000_000),
    expected: 'a whole number from 1 to 1000000000',
    help: 'model prefork: clients that a server process serves, one after the other',
    argument: 'NUMBER',
    applied: 'reload',
    read: number,
    default: 1,
  },
}
