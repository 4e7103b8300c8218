// The options of `serve`: one table for the command line, the configuration file and the
// programming interface.
import * as v from 'valibot'
import { type AdmissionOptions, admissionRows } from './admissionOptions.ts'
import type { EventListener, LogFormat, LogLevel } from './events.ts'
import type { WarmUp } from './handlerWarmUp.ts'
import { type HubOptions, hubRows } from './hubOptions.ts'
import { listenAddress, listenExpectation } from './listenAddress.ts'
import { number, type OptionRow, oneOrMore, text, wholeNumber } from './optionRow.ts'
import { type ProcessOptions, processRows } from './processOptions.ts'
import { type ProxyOptions, proxyRows } from './proxyOptions.ts'
import { type SpareOptions, spareRows } from './spareOptions.ts'

/** The server models: one client after the other, or a server process for each, also beforehand. */
export type Model = 'sequential' | 'fork' | 'prefork'

/** The fate of server processes whose daemon process dies, by SIGKILL included. */
export type DaemonDeath = 'finish' | 'terminate'

/** Options of `serve`. On the command line and in the file `maxChildren` is `max-children`. */
export interface ServeOptions
  extends AdmissionOptions,
    HubOptions,
    ProcessOptions,
    ProxyOptions,
    SpareOptions {
  /** The address to listen on; default 127.0.0.1 */
  host?: string
  /** The port; 0 takes a free one, which the `listening` event tells; default 7777 */
  port?: number
  /** Where to listen, in place of host and port: `127.0.0.1:80`, `[::]:80`, `unix:/run/socket` */
  listen?: string | readonly string[]
  /** `fork` (default), `prefork` or `sequential` */
  model?: Model
  /** Seconds that server processes have to finish when the server stops; default 30 */
  grace?: number
  /** Seconds that the server accepts on after it has been told to stop; default 0 */
  drainDelay?: number
  /** What server processes do if the daemon process dies: `finish` (default) or `terminate` */
  onDaemonDeath?: DaemonDeath
  /** How many clients may wait in the accept queue; default 511 */
  backlog?: number
  /** A configuration file (TOML); reread on SIGHUP */
  config?: string
  /** Go to the background; default false */
  daemon?: boolean
  /** Where the process id of the daemon stands; it is locked, so that a second start fails */
  pidFile?: string
  /** `text` (default), `json` or `none` */
  log?: LogFormat
  /** `error`, `info` (default) or `debug` */
  logLevel?: LogLevel
  /** Where the log goes; default standard error, with daemon nowhere */
  logFile?: string
  /** A file with counts for Prometheus, renewed every 5 seconds */
  metrics?: string
  /** A file in which every system call of all processes is noted: docs/seeing.md */
  trace?: string
  /** The port of a page on 127.0.0.1 that shows what the server does, live; 0 takes a free one */
  live?: number
  /** Receives every event, in the process in which it happens */
  onEvent?: EventListener
  /** Models fork and prefork: called once before the first client comes: docs/performance.md */
  warmup?: WarmUp
}

/** Where the standard error of a program goes: where that of the daemon does, or to the client. */
export type StandardError = 'log' | 'client'

/** The options of `truefork exec` alone. */
export interface ProgramOptions {
  /** `log` (default) or `client` */
  stderr?: StandardError
}

/** The options as they were given. */
export type GivenOptions = ServeOptions & ProgramOptions

/** The options that can be written down: everything but functions. */
export type WrittenOptions = Omit<GivenOptions, 'onEvent' | 'warmup'>
export type OptionName = keyof WrittenOptions

export const optionTable: Record<OptionName, OptionRow> = {
  host: {
    schema: text,
    expected: 'an address or host name',
    help: 'address to listen on',
    argument: 'ADDRESS',
    applied: 'start',
    default: '127.0.0.1',
  },
  port: {
    schema: wholeNumber(0, 65535),
    expected: 'a whole number from 0 to 65535',
    help: 'port to listen on; 0 takes a free one',
    argument: 'NUMBER',
    applied: 'start',
    default: 7777,
  },
  listen: {
    schema: oneOrMore(
      v.pipe(
        v.string(),
        v.check(text => listenAddress(text) !== undefined),
      ),
    ),
    expected: listenExpectation,
    help: 'where to listen, in place of --host and --port; may be given several times',
    argument: 'ADDRESS',
    repeatable: true,
    applied: 'start',
  },
  model: {
    schema: v.picklist(['sequential', 'fork', 'prefork']),
    expected: 'sequential, fork or prefork',
    help: 'server model: sequential, fork or prefork',
    argument: 'MODEL',
    applied: 'start',
    default: 'fork',
  },
  ...spareRows,
  ...admissionRows,
  ...proxyRows,
  ...processRows,
  ...hubRows,
  grace: {
    schema: v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)),
    expected: 'seconds, from 0 to 86400',
    help: 'seconds to finish in when the server stops',
    argument: 'SECONDS',
    applied: 'reload',
    default: 30,
  },
  drainDelay: {
    schema: v.pipe(v.number(), v.minValue(0), v.maxValue(86_400)),
    expected: 'seconds, from 0 to 86400',
    help: 'seconds to accept on when told to stop, while a balancer takes notice',
    argument: 'SECONDS',
    applied: 'reload',
    default: 0,
  },
  onDaemonDeath: {
    schema: v.picklist(['finish', 'terminate']),
    expected: 'finish or terminate',
    help: 'server processes whose daemon process dies: finish or terminate',
    argument: 'FATE',
    applied: 'reload',
    default: 'finish',
  },
  backlog: {
    schema: wholeNumber(1, 65535),
    expected: 'a whole number from 1 to 65535',
    help: 'clients that may wait in the accept queue',
    argument: 'NUMBER',
    applied: 'start',
    default: 511,
  },
  config: {
    schema: text,
    expected: 'the name of a file',
    help: 'configuration file (TOML); reread on SIGHUP',
    argument: 'FILE',
    applied: 'start',
  },
  daemon: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'go to the background once the server listens',
    applied: 'start',
    default: false,
  },
  pidFile: {
    schema: text,
    expected: 'the name of a file',
    help: 'file for the process id; locked while the server runs',
    argument: 'FILE',
    applied: 'start',
  },
  log: {
    schema: v.picklist(['text', 'json', 'none']),
    expected: 'text, json or none',
    help: 'format of the log: text, json or none',
    argument: 'FORMAT',
    applied: 'reload',
    default: 'text',
  },
  logLevel: {
    schema: v.picklist(['error', 'info', 'debug']),
    expected: 'error, info or debug',
    help: 'how much to log: error, info or debug',
    argument: 'LEVEL',
    applied: 'reload',
    default: 'info',
  },
  logFile: {
    schema: text,
    expected: 'the name of a file',
    help: 'log to a file; SIGUSR1 reopens it',
    argument: 'FILE',
    applied: 'start',
  },
  metrics: {
    schema: text,
    expected: 'the name of a file',
    help: 'file for counts in the format of Prometheus',
    argument: 'FILE',
    applied: 'start',
  },
  trace: {
    schema: text,
    expected: 'the name of a file',
    help: 'note every system call of all processes in a file, for truefork timeline',
    argument: 'FILE',
    applied: 'start',
  },
  live: {
    schema: wholeNumber(0, 65535),
    expected: 'a whole number from 0 to 65535',
    help: 'port of a page on 127.0.0.1 that shows live what all processes do; 0 takes a free one',
    argument: 'PORT',
    applied: 'start',
    read: number,
  },
  stderr: {
    schema: v.picklist(['log', 'client']),
    expected: 'log or client',
    help: "standard error of the program: log, where the server's own goes, or client",
    argument: 'WHERE',
    applied: 'start',
    default: 'log',
  },
}

/** The options that have no meaning for a handler, and those that have none for a program. */
export const ofPrograms: readonly OptionName[] = ['stderr']
export const ofHandlers: readonly OptionName[] = ['idleTimeout', 'hub', 'hubHistory']

export const optionNames = Object.keys(optionTable) as OptionName[]

/** `maxChildren` as it is written on the command line and in the file: `max-children`. */
export const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** The option of that name as written, or undefined. */
export const optionNamed = (written: string): OptionName | undefined =>
  optionNames.find(name => dashed(name) === written)

/** Why options cannot stand beside each other, or undefined if they can. */
export function clash(options: WrittenOptions): string | undefined {
  const named = (['host', 'port'] as const).filter(name => options[name] !== undefined)
  if (options.listen === undefined || named.length === 0) return undefined
  return `listen: not together with ${named.join(' and ')}: it names an address as a whole`
}

/** Why a value does not fit its option, or undefined if it does. */
export function objection(name: OptionName, value: unknown): string | undefined {
  const row = optionTable[name]
  if (v.is(row.schema, value)) return row.check && objectionToText(row.check, [value].flat())
  const shown = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
  return `expected ${row.expected}, got ${shown ?? String(value)}`
}

function objectionToText(check: (text: string) => unknown, texts: unknown[]): string | undefined {
  for (const text of texts) {
    try {
      check(text as string)
    } catch (error) {
      return `'${text}': ${(error as Error).message}`
    }
  }
  return undefined
}
