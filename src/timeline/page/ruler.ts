// The ruler above the lanes: round times, and where pauses have been squeezed, how long they are.
import { scaleLinear } from 'd3-scale'
import { colour } from './colours.ts'
import { type Geometry, rulerHeight } from './geometry.ts'
import { duration } from './time.ts'
import type { View } from './view.ts'

const spacing = 90

export function drawRuler(context: CanvasRenderingContext2D, view: View, geometry: Geometry): void {
  const { gutter, right, height } = geometry
  context.font = '11px system-ui, "DejaVu Sans", sans-serif'
  context.textBaseline = 'middle'
  context.textAlign = 'center'
  const taken: [number, number][] = []
  const isFree = (from: number, to: number) => taken.every(([a, b]) => to < a || from > b)
  for (const { from, to } of view.warp.pauses) {
    const [left, end] = [Math.max(geometry.x(from), gutter), Math.min(geometry.x(to), right)]
    if (end - left < 3) continue
    context.fillStyle = colour('--line')
    context.globalAlpha = 0.3
    context.fillRect(left, rulerHeight, end - left, height)
    context.globalAlpha = 1
    const text = `⋯ ${duration(to - from)} ⋯`
    const half = context.measureText(text).width / 2
    const middle = (left + end) / 2
    if (2 * half > end - left || !isFree(middle - half, middle + half)) continue
    context.fillStyle = colour('--soft')
    context.fillText(text, middle, rulerHeight / 2 + 2)
    taken.push([middle - half - 8, middle + half + 8])
  }
  // Of a server that runs, one asks how long ago something was.
  const zero = view.isLive ? view.timeline.length : 0
  for (const at of ticks(geometry, zero)) {
    const x = geometry.x(at)
    const text = tick(at - zero)
    const half = context.measureText(text).width / 2
    if (x - half < gutter - 12 || x + half > geometry.width || !isFree(x - half, x + half)) continue
    context.fillStyle = colour('--soft')
    context.fillText(text, x, rulerHeight / 2 + 2)
    context.fillRect(x, rulerHeight - 5, 1, 5)
    taken.push([x - half - 14, x + half + 14])
  }
  context.fillStyle = colour('--line')
  context.fillRect(gutter, rulerHeight - 1, right - gutter, 1)
}

const tick = (at: number): string => (at === 0 ? '0' : at < 0 ? `−${duration(-at)}` : duration(at))

// Round numbers for each stretch of the ruler by itself: time need not have the same room everywhere.
function ticks(geometry: Geometry, zero: number): number[] {
  const { gutter, right } = geometry
  const times: number[] = []
  for (let x = gutter; x < right; x += spacing) {
    const stretch = [x, Math.min(x + spacing, right)].map(end => geometry.time(end) - zero)
    const [round] = scaleLinear(stretch, [0, 1]).ticks(2)
    if (round !== undefined) times.push(round + zero)
  }
  return times
}
