// The counts of a server for Prometheus: a file that the textfile collector of node_exporter reads.
// https://prometheus.io/docs/instrumenting/exposition_formats/
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { getpid } from '../posix/processes.ts'
import type { Status } from './events.ts'
import type { HubStatus } from './hub/hubKeeper.ts'
import type { Server } from './server.ts'
import type { Chore } from './upkeep.ts'

const everyMs = 5000

type Labels = Record<string, string>
type Sample = [labels: Labels, value: number]
type Row = [name: string, type: string, help: string, samples: Sample[]]

/**
 * Keeps the file current. It is also renewed when nothing has changed: its age tells that the daemon
 * process is alive.
 */
export function metricsFile(server: Server, file: string): Chore {
  const path = resolve(file)
  // Files of several servers are read together: a label tells them apart.
  const name = basename(path).replace(/\.prom$/, '')
  const started = Math.round(Date.now() / 1000 - server.status.uptime)
  let hasFailed = false
  return {
    everyMs,
    isStale: () => true,
    renew(isLast) {
      const gauges: Gauges = { up: isLast ? 0 : 1, started, limit: server.settings.maxChildren }
      try {
        replace(path, metrics(name, server.status, gauges))
        hasFailed = false
      } catch (error) {
        if (!hasFailed)
          server.report({ event: 'error', message: `metrics: ${(error as Error).message}` })
        hasFailed = true
      }
    },
  }
}

// Whoever reads meets the old file or the new one, never half of one.
function replace(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${getpid()}`)
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

interface Gauges {
  up: 0 | 1
  started: number
  limit: number
}

function metrics(server: string, status: Status, { up, started, limit }: Gauges): string {
  const by = (label: string, counts: Record<string, number>): Sample[] =>
    Object.entries(counts).map(([value, count]) => [{ [label]: value }, count])
  const one = (value: number): Sample[] => [[{}, value]]
  const rows: Row[] = [
    ['up', 'gauge', '1 while the server runs, 0 once it has stopped.', one(up)],
    ['start_time_seconds', 'gauge', 'When the daemon process started.', one(started)],
    ['children', 'gauge', 'Server processes now.', one(status.children)],
    ['children_peak', 'gauge', 'The most server processes at once.', one(status.peak)],
    ...(status.idle === undefined
      ? []
      : [['children_idle', 'gauge', 'Of them, those that wait.', one(status.idle)] as Row]),
    ['children_limit', 'gauge', 'Server processes allowed at once.', one(limit)],
    ['accepted_total', 'counter', 'Clients accepted.', one(status.accepted)],
    ['rejected_total', 'counter', 'Clients refused, by reason.', by('reason', status.refused)],
    ['ended_total', 'counter', 'Server processes ended, by status.', by('status', status.ended)],
    ...(status.hub ? hubRows(status.hub) : []),
    ['log_lines_dropped_total', 'counter', 'Lines of the log lost.', one(status.dropped)],
  ]
  return rows
    .map(([name, type, help, samples]) => {
      const metric = `truefork_${name}`
      const lines = samples.map(
        ([labels, value]) => `${metric}${shown({ server, ...labels })} ${value}\n`,
      )
      return `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${lines.join('')}`
    })
    .join('')
}

function hubRows({ members, messages, missed }: HubStatus): Row[] {
  return [
    ['hub_members', 'gauge', 'Connections that take part in the hub.', [[{}, members]]],
    ['hub_messages_total', 'counter', 'Messages published or sent.', [[{}, messages]]],
    ['hub_missed_total', 'counter', 'Events that slow members have missed.', [[{}, missed]]],
  ]
}

const shown = (labels: Labels) =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
