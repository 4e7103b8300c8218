// What lies above the lanes: forks as arrows, signals as marks.
import type { Lane, SignalMark } from '../timeline.ts'
import { colour } from './colours.ts'
import { type Geometry, readable, smallFont } from './geometry.ts'
import type { View } from './view.ts'

// Of many births at once, only those of the selected process are more than a hint.
export function drawBirths(
  context: CanvasRenderingContext2D,
  view: View,
  geometry: Geometry,
): void {
  const { births, lanes } = view.timeline
  const { right, gutter, visible } = geometry
  const isCrowded = births.length > 40
  for (const { parent, child } of births) {
    if (child < visible.first || child >= visible.last) continue
    const [elder, born] = [lanes[parent] as Lane, lanes[child] as Lane]
    const x = geometry.x(born.born)
    if (x < gutter - 2 || x > right + 12) continue
    const { chosen } = view
    const isChosen = chosen === born || (chosen === elder && !isCrowded)
    context.globalAlpha = isChosen ? 1 : isCrowded ? 0.18 : 0.75
    context.strokeStyle = context.fillStyle = colour('--ink')
    context.lineWidth = isChosen ? 1.6 : 1
    const rowHeight = geometry.heightOf(born)
    const from = geometry.y(parent) + geometry.heightOf(elder) * 0.75
    const to = geometry.y(child)
    context.beginPath()
    context.moveTo(x, from)
    context.lineTo(x, to + rowHeight / 2)
    context.stroke()
    if (rowHeight < 6) continue
    context.beginPath()
    context.moveTo(x - 3.5, to + rowHeight / 2 - 6)
    context.lineTo(x + 3.5, to + rowHeight / 2 - 6)
    context.lineTo(x, to + rowHeight / 2)
    context.fill()
  }
  context.globalAlpha = 1
}

/** The handled, the deadly, and those sent from one process to another. */
export function drawSignals(
  context: CanvasRenderingContext2D,
  view: View,
  geometry: Geometry,
): void {
  const { gutter, right } = geometry
  const { signals } = view.timeline
  const isCommon = ({ signal }: SignalMark) => signal === 'SIGCHLD'
  // What is rare lies on top.
  for (const mark of [...signals.filter(isCommon), ...signals.filter(one => !isCommon(one))]) {
    // Of so many children, one cannot see for marks what they are at.
    if (isCommon(mark) && geometry.rowHeight < 6) continue
    const x = geometry.x(mark.at)
    if (x >= gutter - 6 && x <= right + 12) drawSignal(context, view, geometry, mark, x)
  }
}

function drawSignal(
  context: CanvasRenderingContext2D,
  view: View,
  geometry: Geometry,
  { lane, kind, signal, to }: SignalMark,
  x: number,
): void {
  const middle = (id: number) => {
    const one = view.timeline.lanes[id] as Lane
    return geometry.y(id) + geometry.heightOf(one) / 2
  }
  const rowHeight = geometry.heightOf(view.timeline.lanes[lane] as Lane)
  const y = middle(lane)
  const size = Math.min(6, Math.max(2.5, rowHeight * 0.28))
  context.fillStyle = context.strokeStyle = colour('--ink')
  if (kind === 'sent') {
    context.globalAlpha = view.timeline.lanes.length > 40 ? 0.25 : 0.8
    context.setLineDash([3, 3])
    context.lineWidth = 1
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(x, middle(to ?? lane))
    context.stroke()
    context.setLineDash([])
    context.globalAlpha = 1
    return
  }
  context.beginPath()
  if (kind === 'handled') {
    // SIGCHLD is as common as children are: it is given less room than others.
    const half = signal === 'SIGCHLD' ? size * 0.7 : size
    context.moveTo(x - half, y - half - 1)
    context.lineTo(x + half, y - half - 1)
    context.lineTo(x, y + half)
    context.closePath()
    context.lineWidth = 2
    context.strokeStyle = colour('--paper')
    context.stroke()
    context.fill()
  } else {
    context.lineWidth = Math.max(1.5, size / 2.4)
    context.strokeStyle = colour('--ink')
    context.moveTo(x - size, y - size)
    context.lineTo(x + size, y + size)
    context.moveTo(x - size, y + size)
    context.lineTo(x + size, y - size)
    context.stroke()
  }
  const isWorthAWord = signal !== 'SIGCHLD' && rowHeight >= readable
  if (!isWorthAWord) return
  context.font = `bold ${smallFont}`
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.lineWidth = 3
  context.strokeStyle = colour('--paper')
  const { width } = context.measureText(signal)
  const isAtEdge = x + size + 3 + width > geometry.right
  const left = isAtEdge ? x - size - 3 - width : x + size + 3
  context.strokeText(signal, left, y)
  context.fillText(signal, left, y)
}
