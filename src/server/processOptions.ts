// The options of server processes: what they may use.
import * as v from 'valibot'
import { type OptionRow, wholeNumber } from './optionRow.ts'
import { limitFrom } from './resources.ts'

export interface ProcessOptions {
  /** Limits of each server process: `['nofile=256', 'cpu=10:60', 'core=unlimited']` */
  limit?: string | readonly string[]
  /** The nice value of server processes, from -20 to 19; default that of the daemon process */
  nice?: number
  /** The umask of server processes, in octal: `'027'`; default that of the daemon process */
  umask?: string
  /** Have the system ask silent clients whether they are there still (SO_KEEPALIVE) */
  keepalive?: boolean
  /** Send small pieces at once (TCP_NODELAY) */
  nodelay?: boolean
}

export const processRows: Record<keyof ProcessOptions, OptionRow> = {
  limit: {
    schema: v.union([v.string(), v.array(v.string())]),
    expected: 'a list of limits, as ["nofile=256", "cpu=10:60"]',
    help: 'limit of each server process, as nofile=256 or cpu=10:60; repeatable',
    argument: 'NAME=VALUE',
    applied: 'reload',
    repeatable: true,
    check: limitFrom,
    default: [],
  },
  nice: {
    schema: wholeNumber(-20, 19),
    expected: 'a whole number from -20 to 19',
    help: 'nice value of server processes',
    argument: 'NUMBER',
    applied: 'reload',
    read: text => (/^-?\d+$/.test(text) ? Number(text) : text),
  },
  umask: {
    schema: v.pipe(v.string(), v.regex(/^[0-7]{3,4}$/)),
    expected: "an octal mask, as '027'",
    help: 'umask of server processes, octal',
    argument: 'MODE',
    applied: 'reload',
  },
  keepalive: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'ask silent clients whether they are there still',
    applied: 'reload',
    default: false,
  },
  nodelay: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'send small pieces at once',
    applied: 'reload',
    default: false,
  },
}
