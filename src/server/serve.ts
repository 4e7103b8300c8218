import { resolve } from 'node:path'
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import { checkFork, ForkUnsafeError } from '../fork/checkFork.ts'
import type { Endpoint } from '../posix/sockets.ts'
import { type Settings, settingsFrom } from './configuration.ts'
import { synchronousOnly } from './daemonProcess.ts'
import type { GivenOptions, ServeOptions } from './options.ts'
import { passedSockets } from './passedSockets.ts'
import { privilegesFrom, refuseRoot } from './privileges.ts'
import type { Program } from './program.ts'
import { checkOptionsFor } from './programOptions.ts'
import type { Handler } from './server.ts'
import { takeLegacy } from './successor.ts'
import { type Outcome, topProcess } from './topProcess.ts'
import { wholly } from './wholly.ts'

/** The code of the error where the model cannot have an asynchronous handler. */
export const asynchronousHandler = 'ERR_ASYNCHRONOUS_HANDLER'

/** The code of the error where the handler's own warmup has failed. */
export const warmUpFailed = 'ERR_WARMUP'

/** What is still under way when serve is called, a file being read, has so long to finish. */
const patienceMs = 1000
const passing = ['requests', 'output', 'busy-thread']

/**
 * Serves clients as the flowchart of the text has it: the top socket, the daemon process, and with
 * the model `fork` a server process for each client. The daemon process blocks, so that nothing
 * else of this program runs in it: no timers, no other servers.
 *
 * @param options named as on the command line
 * @param handler serves one client; what it returns is the exit status of its server process
 * @returns resolves once the server has stopped, by a signal; with `daemon`, in the process that
 * called, once the server listens. In a server process it never settles.
 * @throws ForkUnsafeError: how the process was started, or what runs in it, makes fork unsafe.
 * SystemError of bind or listen: EADDRINUSE, EACCES. ConfigurationError. TypeError: a wrong option
 * @see FreeBSD Developers' Handbook, "Concurrent Servers"; docs/flowchart.md
 * @example
 * await serve({ port: 7777 }, connection => {
 *   for (const chunk of connection) connection.write(chunk)
 * })
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Outcome> {
  if (typeof handler !== 'function') throw new TypeError('handler: expected a function')
  const { warmup } = options
  if (warmup !== undefined && typeof warmup !== 'function')
    throw new TypeError('warmup: expected a function')
  return begin(options, handler)
}

/**
 * As serve, with a program in the place of the handler.
 *
 * @throws ProgramError: it cannot be executed
 */
export const serveProgram = (options: GivenOptions, program: Program): Promise<Outcome> =>
  begin(options, program)

async function begin(options: GivenOptions, handler: Handler | Program): Promise<Outcome> {
  const given = { ...options }
  // The daemon process changes its directory, and rereads it.
  if (typeof given.config === 'string' && given.config !== '') given.config = resolve(given.config)
  const settings = settingsFrom(given)
  checkHandler(handler, given, settings)
  const privileges = privilegesFrom(given, settings)
  const legacy = takeLegacy()
  const passed = legacy?.tops.filter(({ origin }) => origin === 'passed') ?? passedSockets()
  const { host, port } = settings
  const asked =
    settings.addresses.length + passed.length > 0 ? settings.addresses : [{ host, port }]
  const addresses: Endpoint[] = []
  for (const address of asked) addresses.push(await numeric(address))
  refuseRoot(privileges, settings, [...addresses, ...passed.map(({ address }) => address)])
  // Loaded only where it is asked for: every server process would carry it.
  const isLive = settings.live !== undefined
  if (settings.trace !== undefined || isLive || legacy?.live)
    (await import('./live/beginWatching.ts')).beginWatching(given, settings, legacy)
  const metricsFile = settings.metrics && (await import('./metrics.ts')).metricsFile
  const prefork =
    settings.model === 'prefork' && (await wholly(() => import('./prefork.ts'))).prefork
  const room = settings.proxyProtocol && new (await import('./waitingRoom.ts')).WaitingRoom()
  const hub = settings.hub && (await import('./hub/hubKeeper.ts'))
  const warmUp = given.warmup && (await import('./handlerWarmUp.ts')).warmUpHandler
  const live = isLive && (await import('./live/liveKeeper.ts'))
  if (settings.model !== 'sequential' || settings.daemon || isLive) await untilForkIsSafe()
  return new Promise((fulfil, reject) => {
    // A turn of its own: what follows the call of serve, and all microtasks, have run once before.
    setImmediate(() => {
      try {
        const outcome = topProcess({
          given,
          settings,
          privileges,
          addresses,
          passed,
          legacy,
          handler,
          ...(metricsFile && { metricsFile }),
          ...(prefork && { prefork }),
          ...(room && { room }),
          ...(warmUp && { warmUp }),
          ...(hub && { hubKeeper: server => new hub.HubKeeper(server) }),
          ...(live && { liveKeeper: server => new live.LiveKeeper(server, legacy?.live) }),
        })
        if (outcome.role !== 'server') fulfil(outcome)
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** @throws TypeError, ConfigurationError: it does not fit the options, or the model */
export function checkHandler(
  handler: Handler | Program,
  given: GivenOptions,
  settings: Settings,
): void {
  checkOptionsFor(handler, given, settings)
  if (settings.model !== 'sequential' || handler.constructor.name !== 'AsyncFunction') return
  throw Object.assign(new TypeError(synchronousOnly), { code: asynchronousHandler })
}

async function numeric(address: Endpoint): Promise<Endpoint> {
  if ('path' in address) return address
  const parts = address.host.split('.')
  if (parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return address
  // Anything else is node:dns's to judge, which is not loaded for the ordinary case.
  const { lookup } = await import('node:dns/promises')
  const { address: host } = await lookup(address.host)
  return { host, port: address.port }
}

async function untilForkIsSafe(): Promise<void> {
  await nextTurn() // Node tells of a Worker that the program has just made only then
  const deadline = performance.now() + patienceMs
  for (;;) {
    const reasons = checkFork()
    if (reasons.length === 0) return
    const lasting = reasons.some(({ code }) => !passing.includes(code))
    if (lasting || performance.now() > deadline) throw new ForkUnsafeError(reasons)
    await setTimeout(5)
  }
}
