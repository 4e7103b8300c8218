// The report for people: Markdown tables, which can be read as they are.
import { markdownTable } from 'markdown-table'
import { fullClients, halfClients } from '../measure/busy.mjs'
import { total } from '../measure/summary.mjs'
import { quiet } from '../measure/watched.mjs'
import { baseline } from '../servers/table.mjs'
import { spread } from '../support/statistics.mjs'
import { designSection } from './designs.mjs'
import { count, figure, fixed, middle, ms, range } from './format.mjs'

/** A table whose first column holds names, and all others figures. */
export const table = (head, rows) =>
  markdownTable([head, ...rows], { align: ['l', ...head.slice(1).map(() => 'r')] })

export const labelOf = ({ label, node }) => (node ? `${label} (${node})` : label)

/** @param {object} report as it is written to the JSON file */
export function reportText(report) {
  const servers = report.servers.filter(({ rounds }) => rounds.length > 0)
  const sorted = servers.toSorted((a, b) => b.perSecond.median - a.perSecond.median)
  return [
    heading(report),
    throughputSection(sorted),
    latencySection(sorted),
    heldSection(sorted),
    heapSection(report.heaps),
    designSection(servers),
    failureSection(report),
    missingSection(report.notInstalled),
  ]
    .filter(section => section !== undefined)
    .join('\n\n')
}

export function machineLine({ cpu, cores, memoryMB, kernel }) {
  return `${cpu}, ${cores} cores, ${count(memoryMB / 1024)} GB, ${kernel}`
}

function heading({ date, machine, truefork, nodes, extent, minutes, servers }) {
  return [
    `truefork ${truefork.version} (${truefork.commit ?? 'no checkout'}), ${date.slice(0, 10)}`,
    machineLine(machine),
    `Node ${nodes.map(({ version }) => version).join(', ')}; ${extent.rounds} rounds, loads of ${extent.seconds} s, ${fixed(minutes, 1)} minutes`,
    noiseLine(servers),
  ].join('\n')
}

/** What other programs took of the machine while servers were under full load. */
export function noiseLine(servers) {
  const others = spread(servers.map(server => server.others?.median))
  if (others === null) return 'Whether other programs were running is not known here.'
  const percent = share => `${Math.round(share * 100)} %`
  const line = `Other programs took ${percent(others.median)} of the processors (${percent(others.min)} to ${percent(others.max)} by load)`
  return others.max <= quiet ? `${line}.` : `${line}: NOT A QUIET MACHINE, figures are rough.`
}

function throughputSection(servers) {
  const rows = servers.map(server => [
    labelOf(server),
    middle(server.perSecond),
    range(server.perSecond),
    middle(server.toBaseline.perSecond, value => fixed(value, 2)),
    range(server.toBaseline.perSecond, value => fixed(value, 2)),
    middle(server.processorUs),
  ])
  const head = ['server', 'connections/s', 'low–high', `to ${baseline}`, 'low–high', 'CPU µs']
  return `## Throughput, ${fullClients} clients at a time\n\n${table(head, rows)}`
}

function latencySection(servers) {
  const rows = servers.map(server => {
    const { one, half, full } = server.latencyUs
    return [
      labelOf(server),
      middle(one.p50, ms),
      middle(one.p99, ms),
      middle(half.perSecond),
      middle(half.p50, ms),
      middle(half.p99, ms),
      middle(server.toBaseline.halfP50, value => fixed(value, 2)),
      middle(full.p50, ms),
      middle(full.p99, ms),
    ]
  })
  const head = [
    'ms for a whole connection',
    'one: median',
    '99 %',
    'half load: /s',
    'median',
    '99 %',
    `median to ${baseline}`,
    'full load: median',
    '99 %',
  ]
  return `## Latency, one client at a time, at half load (at random, at most ${halfClients} at once) and at full load\n\n${table(head, rows)}`
}

function heldSection(servers) {
  const rows = servers.map(server => {
    const { held, perSecond } = server
    if (held.wanted === undefined) {
      return [labelOf(server), `has at most ${held.most}`, ...Array(5).fill('–')]
    }
    const share = held.perSecond && held.perSecond.median / perSecond.median
    return [
      labelOf(server),
      `${middle(held.held)} of ${count(held.wanted)}`,
      middle(held.availableKB, figure),
      range(held.availableKB, figure),
      middle(held.proportionalKB, figure),
      middle(held.perSecond),
      fixed(share, 2),
    ]
  })
  const head = [
    'server',
    'idle clients',
    'KB each',
    'low–high',
    'KB each, Pss',
    'connections/s meanwhile',
    'to without',
  ]
  return `## Idle clients that are held\n\n${table(head, rows)}`
}

function heapSection(heaps) {
  if (heaps.length === 0) return undefined
  const rows = heaps.map(({ node, megabytes, perSecond, oneUs }) => [
    `${node}, ${megabytes} MB`,
    middle(oneUs.p50, ms),
    middle(oneUs.p99, ms),
    middle(perSecond),
    range(perSecond),
  ])
  const head = ['live heap', 'one client: median ms', '99 %', 'connections/s', 'low–high']
  return `## truefork, fork for each client, by the heap of the handler's module\n\n${table(head, rows)}`
}

function failureSection({ servers, heaps }) {
  const lines = servers.flatMap(server => [
    ...server.errors.map(message => `- ${server.id} could not be measured: ${message}`),
    ...failures(server.id, server.failed, `${count(server.answered)} answered`),
  ])
  lines.push(
    ...heaps.flatMap(({ node, megabytes, errors, failed }) => {
      const id = `truefork@${node} with ${megabytes} MB of heap`
      const broken = errors.map(message => `- ${id} could not be measured: ${message}`)
      return [...broken, ...failures(id, failed, '')]
    }),
  )
  const answered = servers.reduce((sum, server) => sum + server.answered, 0)
  if (lines.length === 0) lines.push(`None: ${count(answered)} connections, all answered rightly.`)
  return `## Failed connections\n\n${lines.join('\n')}`
}

function failures(id, failed, beside) {
  if (total(failed) === 0) return []
  const kinds = Object.entries(failed).filter(([, number]) => number > 0)
  const list = kinds.map(([kind, number]) => `${kind} ${number}`).join(', ')
  return [`- ${id}: ${list}${beside && ` (${beside})`}`]
}

function missingSection(missing) {
  if (missing.length === 0) return undefined
  const lines = missing.map(({ id, needs }) => `- ${id}: not installed; needs ${needs}`)
  return `## Not measured\n\n${lines.join('\n')}`
}
