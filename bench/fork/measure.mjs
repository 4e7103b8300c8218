// Starts the program that forks, and servers with the handlers of handlers/kinds.mjs.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { watchedRun } from '../measure/watched.mjs'
import { serve, truefork } from '../servers/nodes.mjs'
import { endLater, startServer } from '../support/server.mjs'
import { medianInterval, spread } from '../support/statistics.mjs'

const program = join(import.meta.dirname, 'child.mjs')
const handler = join(import.meta.dirname, '../handlers/kinds.mjs')

/**
 * fork() and the bare fork, with so much live heap.
 * @param {string} node
 * @param {{ forks: number, megabytes: number }} plan
 */
export async function measureForks(node, { forks, megabytes }) {
  const args = [truefork, 'run', program, forks, megabytes].map(String)
  const running = promisify(execFile)(node, args, { maxBuffer: 2 ** 26 })
  endLater(running.child)
  const { samples, heapMB } = JSON.parse((await running).stdout)
  const of = (kind, what) => spread(samples[kind].map(sample => sample[what]))
  // Samples of one turn are neighbours in time: their difference is steadier than that of medians.
  const added = (kind, bare) => {
    const each = samples[kind].map(({ childUs }, turn) => childUs - samples[bare][turn].childUs)
    return { ...spread(each), interval: medianInterval(each) }
  }
  return {
    megabytes,
    heapMB,
    parentUs: of('truefork', 'parentUs'),
    bareParentUs: of('bare', 'parentUs'),
    wholeUs: of('truefork', 'wholeUs'),
    childUs: of('truefork', 'childUs'),
    bareChildUs: of('bare', 'childUs'),
    addedUs: added('truefork', 'bare'),
    addedLoopUs: added('trueforkLoop', 'bareLoop'),
    samples,
  }
}

const startKind = (node, kind) =>
  startServer(port => ({
    argv: serve(node, handler, 'fork')({ port }).map(String),
    env: { KIND: kind },
  }))

/**
 * What one client at a time sees of a handler.
 * @param {import('../support/load.mjs').Load} load
 * @param {string} node
 * @param {{ kind: string, seconds: number }} plan
 */
export async function measureKind(load, node, { kind, seconds }) {
  const server = await startKind(node, kind)
  try {
    await load.run(server.port, { clients: 1, seconds: seconds / 5 })
    return await watchedRun(load, server, { clients: 1, seconds })
  } finally {
    await server.stop()
  }
}
