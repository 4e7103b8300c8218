// Whether a server is as it was before the fault.
import { setTimeout as delay } from 'node:timers/promises'
import { refusals, visit } from './client.mjs'
import { childrenOf, kindsOfDescriptors, stat, zombiesOf } from './proc.mjs'
import { patienceMs, until } from './until.mjs'

/** How long an idle daemon process is watched, and what it may use then: the clock's own step. */
const idleMs = 1000
const idleTicks = 1
const visits = 5

/** What is to be the same afterwards. The server has no clients at the moment. */
export async function lookAt(server) {
  for (let count = 0; count < visits; count++) {
    const outcome = await visit(server.port)
    if (outcome !== 'answered') throw new Error(`a client of the new server: ${outcome}`)
  }
  await until(() => childrenOf(server.daemon).length === 0, 'the end of the server processes')
  return { descriptors: kindsOfDescriptors(server.daemon) }
}

/** The processor time of a process with nothing to do, in ticks of the clock. */
export async function ticksWhileIdle(pid, ms = idleMs) {
  const before = stat(pid)?.ticks
  await delay(ms)
  return stat(pid)?.ticks - before
}

/**
 * @param {{ daemon: number, port: number }} server
 * @param {{ descriptors: string[] }} before
 * @param {{ counts: Record<string, number>, mayRefuse: boolean, patience?: number }} clients how
 * they have fared; whether that may have been a clean refusal; how long to wait for them, in ms
 * @returns {Promise<string[]>} what is not sound; empty: it is
 */
export async function examine(server, before, { counts, mayRefuse, patience = patienceMs }) {
  const problems = []
  for (let count = 0; count < visits; count++) {
    const outcome = await visit(server.port, { patience })
    if (outcome !== 'answered') problems.push(`a client afterwards: ${outcome}`)
  }
  const areGone = () => childrenOf(server.daemon).length === 0
  await until(areGone, 'no server process', patience).catch(() => {
    const zombies = zombiesOf(server.daemon).length
    problems.push(`${childrenOf(server.daemon).length} children are left, ${zombies} zombies`)
  })
  const ticks = await ticksWhileIdle(server.daemon)
  if (!(ticks <= idleTicks)) problems.push(`${ticks} ticks of processor time in ${idleMs} idle ms`)
  const zombies = zombiesOf(server.daemon).length
  if (zombies > 0) problems.push(`${zombies} zombies`)
  problems.push(...changes(before.descriptors, kindsOfDescriptors(server.daemon)))
  const bad = ['hung', 'wrong', ...(mayRefuse ? [] : refusals)]
  for (const outcome of bad) {
    if (counts[outcome]) problems.push(`clients: ${counts[outcome]} ${outcome}`)
  }
  if (!counts.answered) problems.push('no client was answered')
  return problems
}

function changes(before, after) {
  const [one, other] = [before.join(' '), after.join(' ')]
  return one === other
    ? []
    : [`descriptors: ${before.length} before, ${after.length} after: ${other}`]
}
