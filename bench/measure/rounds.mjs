// Interleaved rounds: every round measures every server once, so that a slow minute of the machine
// meets all of them, and each is compared with the baseline of its own round.

import { loadAverage } from '../support/machine.mjs'
import { measureBusy } from './busy.mjs'
import { measureHeap } from './heap.mjs'
import { fewest, measureHeld } from './held.mjs'

/**
 * @param {object} plan
 * @param {ReturnType<import('../servers/table.mjs').chooseServers>['installed']} plan.servers
 * @param {{ path: string, version: string }[]} plan.nodes whose cost by heap is measured
 * @param {{ rounds: number, seconds: number, held: number, heaps: number[] }} plan.extent
 * @param {import('../support/load.mjs').Load} plan.load
 * @param {string} plan.folder
 * @param {(line: string) => void} plan.tell
 * @param {(measured: object) => void} plan.keep gets what is known after each round
 */
export async function measureRounds({ servers, nodes, extent, load, folder, tell, keep }) {
  const results = new Map(servers.map(({ id }) => [id, { rounds: [], errors: [] }]))
  const heaps = []
  const loads = []
  for (let round = 1; round <= extent.rounds; round++) {
    loads.push(loadAverage())
    for (const server of rotated(servers, round, extent.rounds)) {
      const { rounds, errors } = results.get(server.id)
      // One that does not work is not asked again.
      if (errors.length > 0) continue
      const prefix = `round ${round}/${extent.rounds}  ${server.id}`
      try {
        const figures = await measureServer(server, { extent, load, folder })
        rounds.push({ round, ...figures })
        tell(`${prefix}  ${Math.round(figures.busy.full.perSecond)}/s`)
      } catch (error) {
        errors.push(error.message)
        tell(`${prefix}  cannot be measured: ${error.message}`)
      }
    }
    for (const node of nodes) {
      for (const megabytes of extent.heaps) {
        const what = `truefork@${node.version} with ${megabytes} MB of heap`
        const each = { round, node: node.version, megabytes }
        try {
          const { seconds } = extent
          heaps.push({ ...each, ...(await measureHeap(load, node.path, { megabytes, seconds })) })
          tell(`round ${round}/${extent.rounds}  ${what}`)
        } catch (error) {
          heaps.push({ ...each, error: error.message })
          tell(`round ${round}/${extent.rounds}  ${what}  cannot be measured: ${error.message}`)
        }
      }
    }
    keep({ results, heaps, loads })
  }
  return { results, heaps, loads }
}

// No server always comes first: the rounds begin at places that are spread over the list.
function rotated(servers, round, rounds) {
  const first = Math.floor(((round - 1) * servers.length) / rounds)
  return [...servers.slice(first), ...servers.slice(0, first)]
}

async function measureServer({ command, holds }, { extent, load, folder }) {
  const { seconds } = extent
  const placed = place => command({ ...place, folder })
  const busy = await measureBusy(load, placed, seconds)
  const clients = Math.min(extent.held, holds ?? extent.held)
  const held = clients < fewest ? null : await measureHeld(load, placed, { clients, seconds })
  return { busy, held }
}
