// The options of server processes: who they are, what they may use, how long they may live.
import * as v from 'valibot'
import { type OptionRow, text, texts, wholeNumber } from './optionRow.ts'
import { limitFrom } from './resources.ts'

export interface ProcessOptions {
  /** Seconds that a server process may neither read nor write; default 0, for ever */
  idleTimeout?: number
  /** Seconds that a server process may live; default 0, for ever */
  lifetime?: number
  /** The user that serves, by name or id, once the sockets are bound; with their groups */
  user?: string | number
  /** The group that serves, by name or id; default that of the user */
  group?: string | number
  /** The directory that becomes the root of all paths */
  chroot?: string
  /** Let root serve, also on addresses that others can reach; default false */
  allowRoot?: boolean
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

const aYear = 31_536_000
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(aYear))
const nameOrId = v.union([text, wholeNumber(0, 2 ** 32 - 2)])

export const processRows: Record<keyof ProcessOptions, OptionRow> = {
  idleTimeout: {
    schema: seconds,
    expected: 'seconds, from 0 to 31536000',
    help: 'seconds that a server process may neither read nor write; 0: for ever',
    argument: 'SECONDS',
    applied: 'reload',
    default: 0,
  },
  lifetime: {
    schema: seconds,
    expected: 'seconds, from 0 to 31536000',
    help: 'seconds that a server process may live; 0: for ever',
    argument: 'SECONDS',
    applied: 'reload',
    default: 0,
  },
  user: {
    schema: nameOrId,
    expected: 'the name or the id of a user',
    help: 'user that serves, once the sockets are bound',
    argument: 'NAME|UID',
    applied: 'start',
  },
  group: {
    schema: nameOrId,
    expected: 'the name or the id of a group',
    help: "group that serves (default: the user's)",
    argument: 'NAME|GID',
    applied: 'start',
  },
  chroot: {
    schema: text,
    expected: 'the name of a directory',
    help: 'directory that becomes the root of all paths',
    argument: 'DIRECTORY',
    applied: 'start',
  },
  allowRoot: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'let root serve, also where others can reach it',
    applied: 'start',
    default: false,
  },
  limit: {
    schema: texts,
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
