// The servers that run in Node: truefork by its public command, and what Node itself has.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CommandError, unavailable, usage } from '../support/errors.mjs'

const root = join(import.meta.dirname, '../..')
const peer = name => join(import.meta.dirname, '../peers', name)

/** The public command, and what `npm start` serves. */
export const truefork = join(root, 'dist/cli/main.js')
export const echo = join(root, 'examples/echo.ts')

/**
 * A server of truefork with its default settings. Only where more clients are to be held than it
 * admits by itself is its limit raised.
 * @param {string} node the path of node
 * @param {string} handler
 * @param {string} model
 * @param {(string | number)[]} [options] further ones
 */
export const serve =
  (node, handler, model, options = []) =>
  ({ port, held }) => [
    node,
    truefork,
    'serve',
    handler,
    '--port',
    port,
    ...(model === 'fork' ? [] : ['--model', model]),
    ...options,
    ...(held === undefined ? [] : ['--max-children', held]),
  ]

// The command judges its options before it prints its help: a model that it does not know is exit
// status 64. Anything else but 0 is a command that does not work, not a model that is missing.
function knowsModel(node, model) {
  const args = [truefork, 'serve', echo, '--model', model, '--help']
  const { status, stderr } = spawnSync(node, args, { encoding: 'utf8' })
  if (status === 0) return true
  if (status === usage) return false
  throw new CommandError(unavailable, `${node} ${args.join(' ')} ended with ${status}: ${stderr}`)
}

const models = [
  { name: 'truefork', model: 'fork', label: 'truefork, fork for each client', design: 'fork' },
  {
    name: 'truefork-arena',
    model: 'fork',
    label: 'truefork, fork for each client, --arena',
    design: 'fork',
    options: ['--arena'],
  },
  {
    name: 'truefork-sequential',
    model: 'sequential',
    label: 'truefork, one client after the other',
    design: 'iterative',
    holds: 1,
  },
  {
    name: 'truefork-prefork',
    model: 'prefork',
    label: 'truefork, forked ahead, 1 client each',
    design: 'prefork',
  },
  {
    name: 'truefork-prefork-1000',
    model: 'prefork',
    label: 'truefork, forked ahead, 1000 clients each',
    design: 'prefork',
    options: ['--connections-per-process', 1000],
  },
]

const ownOfNode = [
  {
    name: 'node-net',
    label: 'Node net.Server, one event loop',
    design: 'event-loop',
    args: [peer('node-net.mjs')],
  },
  {
    name: 'node-cluster',
    label: 'Node cluster, sockets passed on',
    design: 'prefork-passing',
    args: [peer('node-cluster.mjs')],
    more: ['rr'],
  },
  {
    name: 'node-cluster-shared',
    label: 'Node cluster, workers accept',
    design: 'prefork-events',
    args: [peer('node-cluster.mjs')],
    more: ['shared'],
  },
  {
    name: 'node-child-process',
    label: 'Node child_process.fork for each client',
    design: 'fork-exec',
    // Each of its clients has a whole Node of some 40 MB.
    holds: 50,
    args: [peer('node-child-process.mjs')],
  },
]

/**
 * @param {{ path: string, version: string }} node
 * @returns {import('./table.mjs').Server[]}
 */
export function serversOf(node) {
  const own = models.map(({ model, options, ...row }) => ({
    ...row,
    needs: `a truefork that knows --model ${model}`,
    version: () => (knowsModel(node.path, model) ? `node ${node.version}` : undefined),
    command: serve(node.path, echo, model, options),
  }))
  const others = ownOfNode.map(({ args, more = [], ...row }) => ({
    ...row,
    needs: 'node',
    version: () => `node ${node.version}`,
    command: ({ port }) => [node.path, ...args, port, ...more],
  }))
  return [...own, ...others].map(row => ({ ...row, node: node.version }))
}
