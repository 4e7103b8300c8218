// From the figures of the rounds to medians, spreads and ratios.
import { baseline } from '../servers/table.mjs'
import { spread } from '../support/statistics.mjs'

/** @param {Record<string, number>[]} counts of failures, by kind */
export function addUp(counts) {
  const sum = {}
  for (const each of counts) {
    for (const [kind, count] of Object.entries(each)) sum[kind] = (sum[kind] ?? 0) + count
  }
  return sum
}

export const total = counts => Object.values(counts).reduce((sum, count) => sum + count, 0)

const latency = runs => ({
  p50: spread(runs.map(run => run?.whole?.p50)),
  p99: spread(runs.map(run => run?.whole?.p99)),
  answerP50: spread(runs.map(run => run?.answer?.p50)),
})

/**
 * @param {import('../servers/table.mjs').Server & { id: string, installedVersion: string }} server
 * @param {{ rounds: object[], errors: string[] }} measured
 * @param {{ rounds: object[] } | undefined} reference that of the baseline
 */
export function summarize(server, { rounds, errors }, reference) {
  const { id, name, label, design, node, holds, installedVersion } = server
  const busy = rounds.map(each => each.busy)
  const held = rounds.map(each => each.held).filter(each => each !== null)
  const runs = busy.flatMap(({ full, one, half }) => [full, one, half]).filter(run => run !== null)
  const base = new Map(reference?.rounds.map(({ round, busy }) => [round, busy]))
  const toBase = pick =>
    spread(
      rounds.map(
        ({ round, busy }) => pick(busy) / (base.has(round) ? pick(base.get(round)) : Number.NaN),
      ),
    )
  return {
    id,
    name,
    label,
    design,
    node: node ?? null,
    version: installedVersion,
    errors,
    perSecond: spread(busy.map(({ full }) => full.perSecond)),
    toBaseline: {
      server: baseline,
      perSecond: toBase(({ full }) => full.perSecond),
      halfP50: toBase(({ half }) => half?.whole?.p50),
    },
    latencyUs: {
      one: latency(busy.map(({ one }) => one)),
      half: {
        perSecond: spread(busy.map(({ rate }) => rate)),
        ...latency(busy.map(({ half }) => half)),
      },
      full: latency(busy.map(({ full }) => full)),
    },
    processorUs: spread(busy.map(({ full }) => full.processorUs)),
    others: spread(busy.map(({ full }) => full.others)),
    loadUs: spread(busy.map(({ full }) => (full.ownSeconds / full.connections) * 1e6)),
    held:
      held.length === 0
        ? { most: holds ?? null }
        : {
            wanted: held[0].wanted,
            held: spread(held.map(each => each.held)),
            stillAnswered: spread(held.map(each => each.stillAnswered)),
            availableKB: spread(held.map(each => each.availableKB)),
            proportionalKB: spread(held.map(each => each.proportionalKB)),
            perSecond: spread(held.map(each => each.busy.perSecond)),
          },
    answered: total(
      addUp([...runs, ...held.map(each => each.busy)].map(({ connections }) => ({ connections }))),
    ),
    failed: addUp([
      ...runs.map(({ failed }) => failed),
      ...held.flatMap(each => [each.busy.failed, ...each.failed]),
    ]),
    rounds,
  }
}

/** @param {object[]} figures of measureHeap, of all rounds */
export function summarizeHeaps(figures) {
  const groups = new Map()
  for (const each of figures) {
    const key = `${each.node} ${each.megabytes}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].map(all => {
    const rounds = all.filter(({ error }) => error === undefined)
    return {
      node: all[0].node,
      megabytes: all[0].megabytes,
      errors: all.map(({ error }) => error).filter(error => error !== undefined),
      perSecond: spread(rounds.map(({ full }) => full.perSecond)),
      oneUs: latency(rounds.map(({ one }) => one)),
      failed: addUp(rounds.flatMap(({ one, full }) => [one.failed, full.failed])),
    }
  })
}
