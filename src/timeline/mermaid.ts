// A timeline as a sequence diagram of Mermaid, for handouts: who forks whom, who closes what, where a
// signal lands. Of many processes, the first ones.
import { statusText } from './callText.ts'
import { laneName } from './laneName.ts'
import type { Call, Lane, SignalMark, Timeline } from './timeline.ts'

/** A sheet of paper has no room for more. */
const most = 8

/** The calls that the flowchart speaks of. */
const told = ['socket', 'bind', 'listen', 'accept', 'execve']

type Step = { at: number; lines: string[] }

/** The text of the diagram. */
export function toMermaid(timeline: Timeline): string {
  const lanes = timeline.lanes.slice(0, most)
  const steps = lanes.flatMap(lane => [
    ...births(lane, lanes),
    ...calls(lane, timeline),
    ...end(lane, lanes),
  ])
  steps.push(...signals(timeline).filter(step => step !== undefined))
  steps.sort((a, b) => a.at - b.at)
  const started = lanes.filter(({ parent }) => parent === undefined)
  const left = timeline.lanes.length - lanes.length
  return [
    'sequenceDiagram',
    ...started.map(lane => `participant ${nameOf(lane)} as ${laneName(lane)}`),
    ...steps.flatMap(({ lines }) => lines),
    ...(left > 0 ? [`Note over p0: and ${left} more processes`] : []),
    '',
  ].join('\n')
}

const nameOf = ({ id }: Lane) => `p${id}`

// What would end a line of Mermaid, or begin an entity.
const plain = (text: string) => text.replace(/[;#]/g, ' ')

function births(lane: Lane, lanes: readonly Lane[]): Step[] {
  const parent = lanes.find(({ id }) => id === lane.parent)
  if (!parent) return []
  const served = lane.clients[0] === undefined ? '' : ` for ${lane.clients[0]}`
  const lines = [
    `create participant ${nameOf(lane)} as ${laneName(lane)}`,
    `${nameOf(parent)}->>${nameOf(lane)}: fork${plain(served)}`,
  ]
  return [{ at: lane.born, lines }]
}

function calls(lane: Lane, timeline: Timeline): Step[] {
  const self = `${nameOf(lane)}->>${nameOf(lane)}`
  return lane.calls
    .filter(call => !call.failed && (told.includes(call.name) || closesSocket(call, timeline)))
    .map(({ from, to, name, text }) => ({
      at: name === 'accept' ? to : from,
      lines: [`${self}: ${plain(text)}`],
    }))
}

function closesSocket({ name, lane, to }: Call, { lanes, files }: Timeline): boolean {
  if (name !== 'close') return false
  const closed = lanes[lane]?.holdings.find(holding => holding.to === to)
  return closed !== undefined && ['top', 'accepted'].includes(files[closed.file]?.kind ?? '')
}

function end(lane: Lane, lanes: readonly Lane[]): Step[] {
  const { ended, reaped } = lane
  const parent = lanes.find(({ id }) => id === reaped?.by)
  if (!ended || !reaped || !parent) return []
  const status = statusText(reaped.status)
  return [
    {
      at: reaped.at,
      lines: [
        `destroy ${nameOf(lane)}`,
        `${nameOf(lane)}-x${nameOf(parent)}: ${status}, collected`,
      ],
    },
  ]
}

function signals({ signals, lanes }: Timeline): (Step | undefined)[] {
  return signals.map(mark => {
    const lane = lanes[mark.lane]
    if (!lane || mark.lane >= most) return undefined
    const line = signalLine(mark, nameOf(lane))
    return line === undefined ? undefined : { at: mark.at, lines: [line] }
  })
}

function signalLine({ kind, signal, to }: SignalMark, name: string): string | undefined {
  if (kind === 'handled') return `Note over ${name}: ${signal}`
  if (kind === 'deadly') return `Note over ${name}: ${signal} ends it`
  return to !== undefined && to < most ? `${name}-)p${to}: ${signal}` : undefined
}
