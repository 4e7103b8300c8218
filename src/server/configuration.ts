// The settings of a server: what was given at the start, over what the configuration file says,
// over the defaults. Reread by SIGHUP, all or nothing.
import type { Endpoint } from '../posix/sockets.ts'
import { ConfigurationError, emptyFile, readFile } from './configurationFile.ts'
import type { HandlerSettings } from './connection.ts'
import { listenAddress } from './listenAddress.ts'
import {
  clash,
  dashed,
  type GivenOptions,
  type OptionName,
  objection,
  optionNames,
  optionTable,
  type WrittenOptions,
} from './options.ts'

/** The options that have no default. */
type Unset =
  | 'listen'
  | 'config'
  | 'pidFile'
  | 'logFile'
  | 'metrics'
  | 'trace'
  | 'live'
  | 'refuseMessage'
  | 'maxPerSource'
  | 'maxRate'
  | 'user'
  | 'group'
  | 'chroot'
  | 'nice'
  | 'umask'

/** The settings in force. */
export interface Settings
  extends Required<Omit<WrittenOptions, Unset>>,
    Pick<WrittenOptions, Unset> {
  /** Where to listen; empty if nothing was said of it. A host may be a name. */
  addresses: Endpoint[]
  /** The `[handler]` table. */
  handler: HandlerSettings
}

/** The code of the TypeError for an option that the system does not let us have. */
export const unusableOption = 'ERR_UNUSABLE_OPTION'

/** The error of an option that is well written, and cannot be used here: it says where it stood. */
export function unusable(given: GivenOptions, name: OptionName, reason: string): Error {
  if (given[name] === undefined && given.config !== undefined) {
    return new ConfigurationError(`${given.config}: ${dashed(name)}: ${reason}`)
  }
  return Object.assign(new TypeError(`${dashed(name)}: ${reason}`), { code: unusableOption })
}

const functionNames = ['onEvent', 'warmup']

/**
 * The settings that follow from the options given and from the configuration file they name.
 *
 * @throws ConfigurationError: the file is missing or wrong. TypeError: an option is
 */
export function settingsFrom(options: GivenOptions): Settings {
  for (const [name, value] of Object.entries(options)) {
    if (functionNames.includes(name) || value === undefined) continue
    if (!optionNames.includes(name as OptionName)) throw new TypeError(`${name}: no such option`)
    const wrong = objection(name as OptionName, value)
    if (wrong) throw new TypeError(`${name}: ${wrong}`)
  }
  const clashing = clash(options)
  if (clashing) throw new TypeError(clashing)
  const file = options.config === undefined ? emptyFile : readFile(options.config)
  const value = (name: OptionName) =>
    options[name] ?? file.options[name] ?? optionTable[name].default
  const written = Object.fromEntries(optionNames.map(name => [name, value(name)]))
  // Who names an address in one way, on the command line, says nothing of what the file names.
  const isNamed = ({ host, port }: WrittenOptions) => host !== undefined || port !== undefined
  const listen = options.listen ?? (isNamed(options) ? undefined : file.options.listen)
  const { host, port } = written
  const addresses =
    listen !== undefined
      ? [listen].flat().map(address => listenAddress(address as string))
      : isNamed(options) || isNamed(file.options)
        ? [{ host, port }]
        : []
  const { handler } = file
  const settings = { ...written, listen, addresses, handler } as unknown as Settings
  const homeless = optionNames.find(name => isHomeless(name, settings))
  if (homeless) throw unusable(options, homeless, `it is for ${homes[homeless]?.what}`)
  if (settings.proxyProtocol && settings.proxyFrom.length === 0)
    throw unusable(options, 'proxyProtocol', trustNobody)
  return settings
}

const trustNobody =
  'whose header is to be believed? Name the balancers with proxy-from, as 10.0.0.0/8'

/** What some options are for, and whether it is there. */
interface Home {
  what: string
  isThere(settings: Settings): boolean
}

const forkers: Home = {
  what: 'server processes, and the model sequential has none',
  isThere: ({ model }) => model !== 'sequential',
}
const preforker: Home = { what: 'the model prefork', isThere: ({ model }) => model === 'prefork' }
const proxied: Home = {
  what: 'the header of the PROXY protocol, which needs proxy-protocol',
  isThere: ({ proxyProtocol }) => proxyProtocol,
}
const hubs: Home = { what: 'the hub: say hub, too', isThere: ({ hub }) => hub }

/** The options that would be without effect beside others, and what they are for. */
const homes: Partial<Record<OptionName, Home>> = {
  limit: forkers,
  nice: forkers,
  umask: forkers,
  idleTimeout: forkers,
  lifetime: forkers,
  spare: preforker,
  connectionsPerProcess: preforker,
  proxyFrom: proxied,
  proxyTimeout: proxied,
  hub: forkers,
  hubHistory: hubs,
}

function isHomeless(name: OptionName, settings: Settings): boolean {
  const home = homes[name]
  return home !== undefined && !home.isThere(settings) && isSet(name, settings)
}

export const isSet = (name: OptionName, settings: Settings) =>
  !isEqual(settings[name], optionTable[name].default)

/** The options that differ, as they are written, by what it takes to apply them. */
export function changes(old: Settings, now: Settings): Record<'reload' | 'start', string[]> {
  const changed = optionNames.filter(name => !isEqual(old[name], now[name]))
  const forStart = changed.filter(name => needsStart(name, old, now))
  const forReload = changed.filter(name => !forStart.includes(name))
  const handler = isEqual(old.handler, now.handler) ? [] : ['handler']
  return { reload: [...forReload.map(dashed), ...handler], start: forStart.map(dashed) }
}

// A server that still expects headers must not be left without anybody to believe.
const needsStart = (name: OptionName, old: Settings, now: Settings) =>
  optionTable[name].applied === 'start' ||
  (homes[name] === proxied && old.proxyProtocol !== now.proxyProtocol)

const isEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** The new settings, but with the old values of what only a start can apply. */
export function applicable(old: Settings, now: Settings): Settings {
  const kept = optionNames.filter(name => needsStart(name, old, now))
  return { ...now, ...Object.fromEntries(kept.map(name => [name, old[name]])) }
}
