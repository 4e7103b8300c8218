// The report of bench:fork for people.

import { addUp, total } from '../measure/summary.mjs'
import { quiet } from '../measure/watched.mjs'
import { count, fixed, middle, ms, range } from '../report/format.mjs'
import { machineLine, noiseLine, table } from '../report/text.mjs'

// What truefork sets out to add at most, in µs. Reported against, never tested.
const targets = { addedUs: 100, asyncUs: 500 }

/**
 * A figure against its target. Nothing is claimed that the measurement cannot tell: a target is
 * reached or missed only where the whole interval of the median lies on one side of it.
 */
function against({ median, interval }, target) {
  if (median === undefined) return '–'
  if (!interval) return `${count(median)} (at most ${target}: too few rounds to tell)`
  const { low, high } = interval
  const verdict = high <= target ? 'reached' : low > target ? 'missed' : 'cannot be told'
  return `${count(median)}, ${count(low)} to ${count(high)} (at most ${target}: ${verdict})`
}

/** @param {object} report as it is written to the JSON file */
export function forkReport({ date, machine, truefork, forks, clients }) {
  return [
    [
      `truefork ${truefork.version} (${truefork.commit ?? 'no checkout'}), ${date.slice(0, 10)}`,
      machineLine(machine),
      `Load of the machine before ${machine.loadBefore}, after ${machine.loadAfter}`,
      noiseLine(clients),
    ].join('\n'),
    forkSection(forks),
    addedSection(forks),
    clientSection(clients),
    failureSection(clients),
  ].join('\n\n')
}

function forkSection(forks) {
  const rows = forks.map(({ node, megabytes, parentUs, wholeUs, childUs }) => [
    `${node}, ${megabytes} MB`,
    middle(parentUs),
    range(parentUs),
    middle(childUs),
    range(childUs),
    fixed(wholeUs.median / 1000, 2),
  ])
  const head = [
    'live heap',
    'fork() in the parent, µs',
    'low–high',
    'CPU of the child when it returns, µs',
    'low–high',
    'until collected, ms',
  ]
  return `## fork()\n\n${table(head, rows)}`
}

function addedSection(forks) {
  const rows = forks.map(({ node, megabytes, bareChildUs, addedUs, addedLoopUs }) => [
    `${node}, ${megabytes} MB`,
    middle(bareChildUs),
    against(addedUs, targets.addedUs),
    against(addedLoopUs, targets.asyncUs),
  ])
  const head = [
    'live heap',
    'CPU of a bare child, µs',
    'truefork adds, µs',
    'after one turn of the event loop it adds, µs',
  ]
  return `## What truefork adds in the child\n\nProcessor time of the child since its birth, compared with a bare fork of the same turn; median, and where it lies with 95 %.\n\n${table(head, rows)}`
}

const written = {
  sync: 'synchronous',
  asyncBlocking: 'async, but waiting in its calls',
  async: 'async, in the event loop',
}

function clientSection(clients) {
  const rows = clients.flatMap(({ node, kinds, others }) =>
    kinds.map(({ kind, answerUs, wholeUs, processorUs, addedUs }) => [
      `${node}, ${written[kind]}`,
      middle(processorUs),
      middle(answerUs, ms),
      middle(wholeUs, ms),
      range(wholeUs, ms),
      kind === 'sync' ? '–' : seen(addedUs, others),
    ]),
  )
  const head = [
    'handler',
    'CPU µs',
    'median until the answer, ms',
    'whole connection',
    'low–high',
    'more than synchronous, µs',
  ]
  return `## What a client sees, one at a time\n\n${table(head, rows)}`
}

// What a client waits for on a busy machine is a processor, not truefork.
const seen = (added, others) =>
  others && others.max > quiet
    ? `${count(added.median)} (at most ${targets.asyncUs}: not on a busy machine)`
    : against(added, targets.asyncUs)

function failureSection(clients) {
  const lines = clients.flatMap(({ node, kinds }) =>
    kinds.map(({ kind, failed }) => [node, kind, total(addUp(failed))]),
  )
  const bad = lines.filter(([, , failed]) => failed > 0)
  if (bad.length === 0) return 'Failed connections: none.'
  return `Failed connections: ${bad.map(([node, kind, failed]) => `${node} ${kind} ${failed}`).join(', ')}`
}
