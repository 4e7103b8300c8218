// Draws the lanes: what each process is at, its birth, its signals, its time as a zombie.
import { laneName } from '../laneName.ts'
import { drainsOf, zombieOf } from '../moment.ts'
import type { Lane } from '../timeline.ts'
import { colour, colourOf } from './colours.ts'
import { type Geometry, readable, rulerHeight, smallFont } from './geometry.ts'
import { drawBirths, drawSignals } from './marks.ts'
import { drawRuler } from './ruler.ts'
import type { View } from './view.ts'

const font = '12px system-ui, "DejaVu Sans", sans-serif'

export class Painter {
  readonly #context: CanvasRenderingContext2D
  readonly #view: View
  readonly #geometry: Geometry
  #drains: ReturnType<typeof drainsOf> = []
  #version = 0

  constructor(context: CanvasRenderingContext2D, view: View, geometry: Geometry) {
    this.#context = context
    this.#view = view
    this.#geometry = geometry
  }

  draw(ratio: number): void {
    const context = this.#context
    const { width, height, gutter, visible } = this.#geometry
    if (this.#version !== this.#view.version) this.#drains = drainsOf(this.#view.timeline)
    this.#version = this.#view.version
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.fillStyle = colour('--paper')
    context.fillRect(0, 0, width, height)
    const lanes = this.#view.timeline.lanes.slice(visible.first, visible.last)
    for (const lane of lanes) this.#background(lane)
    drawRuler(context, this.#view, this.#geometry)
    context.save()
    context.beginPath()
    context.rect(gutter, rulerHeight, width - gutter, height - rulerHeight)
    context.clip()
    for (const lane of lanes) this.#lane(lane)
    drawBirths(context, this.#view, this.#geometry)
    drawSignals(context, this.#view, this.#geometry)
    context.restore()
    for (const lane of lanes) this.#name(lane)
    this.#scrollBar()
    this.#cursor()
  }

  #background(lane: Lane): void {
    const { id } = lane
    const { width } = this.#geometry
    const isChosen = this.#view.chosen?.id === id
    this.#context.fillStyle = colour(isChosen ? '--chosen' : id % 2 ? '--paper' : '--lane')
    this.#context.fillRect(0, this.#geometry.y(id), width, this.#geometry.heightOf(lane))
  }

  #name(lane: Lane): void {
    const context = this.#context
    const { gutter } = this.#geometry
    const rowHeight = this.#geometry.heightOf(lane)
    const isChosen = this.#view.chosen?.id === lane.id
    if (rowHeight < readable && !isChosen) return
    const y = this.#geometry.y(lane.id) + rowHeight / 2
    if (y < rulerHeight) return
    if (rowHeight < readable) {
      context.fillStyle = colour('--chosen')
      context.fillRect(0, y - 8, gutter - 4, 16)
    }
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    context.font = isChosen ? `bold ${font}` : font
    context.fillStyle = colour('--ink')
    const name = laneName(lane)
    context.fillText(name, 12, y)
    const used = context.measureText(name).width
    context.font = smallFont
    context.fillStyle = colour('--soft')
    const more = lane.clients.length > 1 ? ` +${lane.clients.length - 1}` : ''
    const client = `${lane.clients[0] ?? ''}${more}`
    const room = gutter - 12 - used - 14
    if (client && context.measureText(client).width <= room) {
      context.textAlign = 'right'
      context.fillText(client, gutter - 8, y)
    }
  }

  /** A bar of a lane, never thinner than can be seen. */
  #bar(lane: Lane, from: number, to: number, inset = 0): [number, number, number, number] {
    const rowHeight = this.#geometry.heightOf(lane)
    const pad = rowHeight >= 8 ? Math.round(rowHeight * 0.16) : rowHeight > 4 ? 0.5 : 0
    const x = this.#geometry.x(Math.max(from, this.#view.timeline.start))
    const width = Math.max(this.#geometry.x(to) - x, 0.7)
    const height = rowHeight - 2 * pad
    return [x, this.#geometry.y(lane.id) + pad + inset * height, width, height * (1 - inset)]
  }

  #lane(lane: Lane): void {
    const { timeline } = this.#view
    const end = lane.ended?.at ?? timeline.length
    this.#fill(this.#bar(lane, lane.born, end, 0.42), colour('--line'))
    for (const { from, to, box } of lane.boxes) {
      const bar = this.#bar(lane, from, to)
      this.#fill(bar, colour(colourOf(box)))
      this.#label(bar, box)
    }
    for (const { at, name } of lane.programs) {
      const bar = this.#bar(lane, at, end)
      this.#hatch(bar, colour('--program'))
      this.#label(bar, name)
    }
    for (const { from, to } of lane.handlers)
      this.#fill(this.#bar(lane, from, to), colour('--signals'))
    for (const drain of this.#drains.filter(one => one.lane === lane.id)) {
      const [x, y, width] = this.#bar(lane, drain.from, drain.to)
      this.#fill([x, y - 1, width, 3], colour('--drain'))
    }
    const zombie = zombieOf(lane, timeline)
    if (zombie) this.#hatch(this.#bar(lane, zombie.from, zombie.to), colour('--zombie'))
  }

  #fill([x, y, width, height]: [number, number, number, number], style: string): void {
    this.#context.fillStyle = style
    this.#context.fillRect(x, y, width, height)
  }

  #hatch(bar: [number, number, number, number], style: string): void {
    const context = this.#context
    const [x, y, width, height] = bar
    this.#fill(bar, style)
    if (width < 6 || height < 4) return
    context.save()
    context.beginPath()
    context.rect(x, y, width, height)
    context.clip()
    context.strokeStyle = colour('--paper')
    context.globalAlpha = 0.55
    context.lineWidth = 1.4
    context.beginPath()
    const left = Math.max(x, 0)
    const right = Math.min(x + width, this.#geometry.width)
    for (let at = left - (left % 7) - height; at < right; at += 7) {
      context.moveTo(at, y + height)
      context.lineTo(at + height, y)
    }
    context.stroke()
    context.restore()
  }

  #label([x, y, width, height]: [number, number, number, number], text: string): void {
    const context = this.#context
    if (height < readable) return
    const left = Math.max(x, this.#geometry.gutter)
    context.font = smallFont
    if (context.measureText(text).width + 10 > x + width - left) return
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    context.fillStyle = '#101318'
    context.globalAlpha = 0.9
    context.fillText(text, left + 5, y + height / 2 + 0.5)
    context.globalAlpha = 1
  }

  #scrollBar(): void {
    const { overflow, scroll, height, width } = this.#geometry
    if (overflow === 0) return
    const track = height - rulerHeight
    const length = Math.max(24, (track * track) / (track + overflow))
    const y = rulerHeight + (scroll / overflow) * (track - length)
    this.#fill([width - 7, y, 5, length], colour('--soft'))
  }

  #cursor(): void {
    const context = this.#context
    const { gutter, height, width } = this.#geometry
    const x = this.#geometry.x(this.#view.cursor)
    if (x < gutter - 1 || x > width) return
    context.strokeStyle = context.fillStyle = colour('--cursor')
    context.lineWidth = 1.5
    context.beginPath()
    context.moveTo(x, 4)
    context.lineTo(x, height)
    context.stroke()
    context.beginPath()
    context.moveTo(x - 6, 2)
    context.lineTo(x + 6, 2)
    context.lineTo(x, 12)
    context.fill()
  }
}
