// A load, and what the processors did meanwhile.
import { machineSeconds, processorSeconds } from '../support/processes.mjs'

/** Above this share of the processors, other programs make times on the clock worthless. */
export const quiet = 0.1

/**
 * Runs a load on a server that is settled.
 * @param {import('../support/load.mjs').Load} load
 * @param {import('../support/server.mjs').Running} server
 * @param {{ clients: number, seconds: number }} crowd
 * @returns {Promise<import('../support/load.mjs').Run & { processorUs: number | null, others: number | null }>}
 * `processorUs`: of the server and all that it forks, for each connection; `others`: which part of
 * the processors neither the server nor the load has used
 */
export async function watchedRun(load, server, crowd) {
  await server.settled()
  const before = { server: processorSeconds(server.pid), machine: machineSeconds() }
  const run = await load.run(server.port, crowd)
  // The machine at once, since waiting is no load; the server when its children are collected.
  const machine = machineSeconds()
  await server.settled()
  const after = { server: processorSeconds(server.pid), machine }
  return { ...run, ...shares(before, after, run) }
}

function shares(before, after, { connections, ownSeconds }) {
  if (before.server === null || connections === 0) return { processorUs: null, others: null }
  const spent = after.server - before.server
  const busy = after.machine.busy - before.machine.busy
  const all = after.machine.all - before.machine.all
  return {
    processorUs: (spent / connections) * 1e6,
    others: all > 0 ? Math.max(0, (busy - spent - ownSeconds) / all) : null,
  }
}
