// A timeline as JSON for ui.perfetto.dev and chrome://tracing, the "Trace Event Format" of Chrome.

import { statusText } from './callText.ts'
import { laneName } from './laneName.ts'
import { zombieOf } from './moment.ts'
import type { Lane, Timeline } from './timeline.ts'

/** One entry; `ph` is its kind: X with a length, i a mark, s and f the ends of an arrow, M a name. */
type TraceEvent = Record<string, unknown>

/** Rows of a process: each needs a number, and is sorted by it. */
const rows = { boxes: 1, calls: 2, signals: 3 } as const

/** The text of the file. */
export function toPerfetto(timeline: Timeline): string {
  const traceEvents = [
    ...timeline.lanes.flatMap(lane => [
      ...names(lane),
      ...spans(lane),
      ...zombie(lane, timeline),
      ...holdings(lane, timeline),
    ]),
    ...arrows(timeline),
    ...marks(timeline),
  ]
  return `${JSON.stringify({ displayTimeUnit: 'ns', traceEvents })}\n`
}

const microseconds = (ns: number) => ns / 1000

// Process ids are used again; Perfetto has no other name for a process.
const idOf = (lane: Lane) => lane.pid

function names(lane: Lane): TraceEvent[] {
  const pid = idOf(lane)
  const served = lane.clients.length > 0 ? ` (${lane.clients.join(', ')})` : ''
  return [
    { ph: 'M', pid, name: 'process_name', args: { name: `${laneName(lane)}${served}` } },
    { ph: 'M', pid, name: 'process_sort_index', args: { sort_index: lane.id } },
    ...Object.entries(rows).map(([name, tid]) => ({
      ph: 'M',
      pid,
      tid,
      name: 'thread_name',
      args: { name },
    })),
  ]
}

function spans(lane: Lane): TraceEvent[] {
  const pid = idOf(lane)
  const span = (tid: number, cat: string, name: string, from: number, to: number) => ({
    ph: 'X',
    pid,
    tid,
    cat,
    name,
    ts: microseconds(from),
    dur: microseconds(to - from),
  })
  return [
    ...lane.boxes.map(({ from, to, box }) => span(rows.boxes, 'box', box, from, to)),
    ...lane.calls.map(({ from, to, name, text }) => ({
      ...span(rows.calls, 'call', name, from, to),
      args: { call: text },
    })),
    ...lane.handlers.map(({ from, to, signal }) =>
      span(rows.signals, 'process signals', signal, from, to),
    ),
  ]
}

function zombie(lane: Lane, timeline: Timeline): TraceEvent[] {
  const interval = zombieOf(lane, timeline)
  if (!interval) return []
  const { from, to } = interval
  const status = lane.reaped ? statusText(lane.reaped.status) : 'not collected'
  return [
    {
      ph: 'X',
      pid: idOf(lane),
      tid: rows.boxes,
      cat: 'zombie',
      name: 'zombie',
      ts: microseconds(from),
      dur: microseconds(to - from),
      args: { status },
    },
  ]
}

// A track of the number of descriptors.
function holdings(lane: Lane, timeline: Timeline): TraceEvent[] {
  const times = lane.holdings.flatMap(({ from, to }) => [from, to])
  const changes = [...new Set(times)].filter(at => at <= timeline.length).sort((a, b) => a - b)
  return changes.map(at => ({
    ph: 'C',
    pid: idOf(lane),
    name: 'descriptors',
    ts: microseconds(at),
    args: { open: lane.holdings.filter(({ from, to }) => from <= at && at < to).length },
  }))
}

function arrows({ births, lanes }: Timeline): TraceEvent[] {
  return births.flatMap(({ at, parent, child }, id) => {
    const arrow = { cat: 'fork', name: 'fork', id, tid: rows.boxes, ts: microseconds(at) }
    return [
      { ...arrow, ph: 's', pid: idOf(lanes[parent] as Lane) },
      { ...arrow, ph: 'f', bp: 'e', pid: idOf(lanes[child] as Lane) },
    ]
  })
}

function marks({ signals, events, lanes }: Timeline): TraceEvent[] {
  const mark = (lane: number, at: number, cat: string, name: string) => ({
    ph: 'i',
    s: 'p',
    pid: idOf(lanes[lane] as Lane),
    tid: rows.signals,
    cat,
    name,
    ts: microseconds(at),
  })
  return [
    ...signals.map(({ at, lane, signal, kind }) => mark(lane, at, 'signal', `${signal} ${kind}`)),
    ...events.map(({ at, lane, event, text }) => ({
      ...mark(lane, at, 'event', event),
      args: { text },
    })),
  ]
}
