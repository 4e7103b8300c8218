// The flowchart, with the boxes lit in which processes stand.
import { boxAt } from '../moment.ts'
import type { Lane } from '../timeline.ts'
import { byId, element, picture } from './element.ts'
import type { View } from './view.ts'

interface Place {
  role: string
  box: string
  x: number
  y: number
  apart?: true
}

const size = { width: 150, height: 34 }
const [top, daemon, server] = [10, 175, 340]

const places: Place[] = [
  { role: 'top', box: 'top socket', x: top, y: 30 },
  { role: 'top', box: 'fork', x: top, y: 80 },
  { role: 'top', box: 'close top socket', x: top, y: 130 },
  { role: 'top', box: 'return 0', x: top, y: 180 },
  { role: 'daemon', box: 'initialize daemon', x: daemon, y: 80 },
  { role: 'daemon', box: 'listen', x: daemon, y: 130 },
  { role: 'daemon', box: 'accept', x: daemon, y: 180 },
  { role: 'daemon', box: 'fork', x: daemon, y: 230 },
  { role: 'daemon', box: 'close accepted socket', x: daemon, y: 280 },
  { role: 'daemon', box: 'process signals', x: top, y: 280, apart: true },
  { role: 'server', box: 'close top socket', x: server, y: 130 },
  { role: 'server', box: 'serve', x: server, y: 180 },
  { role: 'server', box: 'close accepted socket', x: server, y: 230 },
  { role: 'server', box: 'exit', x: server, y: 280 },
]

/** Boxes that the picture does not have, and the ones that stand for them. */
const standIns: Record<string, string> = {
  'daemon admit': 'daemon accept',
  'daemon serve': 'server serve',
  'spare accept': 'daemon accept',
  'spare admit': 'daemon accept',
}

const down = (x: number, ...from: number[]) => from.map(y => `M${x} ${y}V${y + 16}`)

const arrows = [
  ...down(85, 64, 114, 164),
  'M160 97H174',
  ...down(250, 114, 164, 214, 264),
  'M250 314V324H168V197H174',
  'M325 247H332V147H339',
  ...down(415, 164, 214, 264),
]

const keyOf = ({ role, box }: { role: string; box: string }) => {
  const key = `${role} ${box}`
  return standIns[key] ?? key
}

export function flowchart(view: View): () => void {
  const section = byId('boxes')
  const text = 'This program is no server: it has processes, and no boxes of the flowchart.'
  const note = element('p', {}, text)
  const boxes = new Map(places.map(place => [keyOf(place), boxFor(place)]))
  const chart = chartOf(boxes.values())
  return () => {
    const isServer = view.timeline.lanes.some(lane => lane.boxes.length > 0 || isOfServer(lane))
    const shown = isServer ? chart : note
    if (section.firstChild !== shown) section.replaceChildren(shown)
    if (isServer) light(view, boxes)
  }
}

// Of one that has just been born, or whose boxes are forgotten.
const isOfServer = ({ role }: Lane) => role !== ''

const chartOf = (boxes: Iterable<SVGElement>): SVGElement =>
  picture(
    'svg',
    { viewBox: '0 0 500 330', role: 'img', 'aria-label': 'The flowchart' },
    arrowHead(),
    ...[top, daemon, server].map(x =>
      picture('rect', { class: 'lane', x: x - 5, y: 0, width: 160, height: 322, rx: 8 }),
    ),
    ...['top process', 'daemon process', 'server process'].map((name, column) =>
      picture('text', { class: 'head', x: [85, 250, 415][column] as number, y: 19 }, name),
    ),
    ...arrows.map(d => picture('path', { d, 'marker-end': 'url(#head)' })),
    ...boxes,
  )

function boxFor({ role, box, x, y, apart }: Place): SVGElement {
  const { width, height } = size
  const group = picture('g', {
    class: apart ? 'box apart' : 'box',
    'data-role': role,
    'data-box': box,
  })
  group.append(
    picture('rect', { x, y, width, height, rx: 6 }),
    picture('text', { class: 'name', x: x + width / 2, y: y + 15 }, box),
    picture('text', { class: 'who', x: x + width / 2, y: y + 29 }),
  )
  return group
}

const arrowHead = () =>
  picture(
    'defs',
    {},
    picture(
      'marker',
      {
        id: 'head',
        viewBox: '0 0 10 10',
        refX: 8,
        refY: 5,
        markerWidth: 6,
        markerHeight: 6,
        orient: 'auto',
      },
      picture('path', { d: 'M0 0L10 5L0 10z' }),
    ),
  )

function light({ timeline, cursor, chosen }: View, boxes: Map<string, SVGElement>): void {
  const inside = new Map<string, Lane[]>()
  for (const lane of timeline.lanes) {
    const at = boxAt(lane, cursor)
    if (!at) continue
    const key = keyOf(at)
    inside.set(key, [...(inside.get(key) ?? []), lane])
  }
  for (const [key, group] of boxes) {
    const lanes = inside.get(key) ?? []
    group.classList.toggle('lit', lanes.length > 0)
    const who = group.querySelector('.who') as SVGElement
    who.textContent = whoIn(lanes, chosen)
    const name = group.querySelector('.name') as SVGElement
    const y = Number(group.querySelector('rect')?.getAttribute('y'))
    name.setAttribute('y', String(y + (lanes.length > 0 ? 15 : 21)))
  }
}

const shown = 2

function whoIn(lanes: readonly Lane[], chosen: Lane | undefined): string {
  if (lanes.length === 0) return ''
  const inOrder = [...lanes].sort((a, b) => Number(b === chosen) - Number(a === chosen))
  const pids = inOrder.slice(0, shown).map(({ pid }) => pid)
  const more = lanes.length - pids.length
  return `● ${pids.join(', ')}${more > 0 ? ` +${more}` : ''}`
}
