// All servers of the benchmark: which there are, and which of them are installed.
import { CommandError, usage } from '../support/errors.mjs'
import { serversOf } from './nodes.mjs'
import { peers } from './peers.mjs'

/**
 * @typedef {'iterative' | 'fork' | 'fork-exec' | 'prefork' | 'prefork-passing' | 'prefork-events' | 'event-loop'} Design
 *
 * @typedef {object} Place what a command gets
 * @property {number} port
 * @property {string} folder of the compiled programs
 * @property {number} limit how many clients there will be at once, at most
 * @property {number} [held] how many of them are held; not given where clients come and go
 *
 * @typedef {object} Server
 * @property {string} name what `--only` takes
 * @property {string} label
 * @property {Design} design
 * @property {string} [node] the version that runs it
 * @property {number} [holds] how many idle clients it can have at most
 * @property {string} needs what to install
 * @property {() => string | undefined} version undefined if it is not installed
 * @property {(place: Place) => (string | number)[]} command
 */

/** The designs, by the names of UNP, chapter 30, where it has them. */
export const designs = {
  iterative: 'iterative: one client after the other',
  fork: 'concurrent: fork for each client',
  'fork-exec': 'concurrent: fork and exec for each client',
  prefork: 'preforked: each child accepts',
  'prefork-passing': 'preforked: the parent passes sockets on',
  'prefork-events': 'preforked: event loops that accept',
  'event-loop': 'one process, one event loop',
}

/** What everything else is compared with. */
export const baseline = 'c-fork'

/** The names that `--only` takes. */
export const names = () => [
  ...peers.map(({ name }) => name),
  ...serversOf({ path: process.execPath, version: '' }).map(({ name }) => name),
]

/**
 * @param {{ path: string, version: string }[]} nodes
 * @param {string[] | undefined} only
 * @returns {{ installed: (Server & { id: string, installedVersion: string })[], missing: Server[] }}
 */
export function chooseServers(nodes, only) {
  const unknown = only?.find(name => !names().includes(name))
  if (unknown !== undefined) {
    throw new CommandError(
      usage,
      `--only: there is no server '${unknown}'; expected ${names().join(', ')}`,
    )
  }
  const wanted = [...peers, ...nodes.flatMap(serversOf)]
    .filter(({ name }) => only?.includes(name) ?? true)
    .map(server => ({
      ...server,
      id: server.node ? `${server.name}@${server.node}` : server.name,
      installedVersion: server.version(),
    }))
  return {
    installed: wanted.filter(({ installedVersion }) => installedVersion !== undefined),
    missing: wanted.filter(({ installedVersion }) => installedVersion === undefined),
  }
}
