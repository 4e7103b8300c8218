// Where on the canvas a time and a process are.
import { type ZoomTransform, zoomIdentity } from 'd3-zoom'
import type { Lane } from '../timeline.ts'
import type { View } from './view.ts'

export const rulerHeight = 28

/** Below this height of a lane there is no room for words. */
export const readable = 12
export const smallFont = '11px system-ui, "DejaVu Sans", sans-serif'

const tallest = 44
const lowest = 1.25
const elderHeight = 18

export class Geometry {
  readonly #view: View
  width = 0
  height = 0
  transform: ZoomTransform = zoomIdentity
  scroll = 0
  #known: { rowHeight: number; version: number; edges: number[] } | undefined

  constructor(view: View) {
    this.#view = view
  }

  resize(width: number, height: number): void {
    this.width = width
    this.height = height
    this.scrollBy(0)
  }

  /** The room on the left for names. */
  get gutter(): number {
    return Math.min(250, this.width * 0.3)
  }

  get right(): number {
    return this.width - 12
  }

  x(at: number): number {
    const { place } = this.#view.warp
    return this.transform.applyX(this.gutter + place(at) * (this.right - this.gutter))
  }

  time(x: number): number {
    const place = (this.transform.invertX(x) - this.gutter) / (this.right - this.gutter)
    return this.#view.warp.time(Math.min(Math.max(place, 0), 1))
  }

  /** As much as there is room for, but where the reader has chosen otherwise. */
  get rowHeight(): number {
    if (this.#view.rowHeight > 0) return this.#view.rowHeight
    const { lanes } = this.#view.timeline
    const elders = lanes.filter(isElder).length
    const room = this.height - rulerHeight - 12
    const even = room / Math.max(1, lanes.length)
    if (even >= elderHeight) return Math.min(tallest, Math.floor(even))
    return Math.max(lowest, (room - elders * elderHeight) / Math.max(1, lanes.length - elders))
  }

  /** The height of a lane: however many children there are, their parent is to be seen. */
  heightOf(lane: Lane): number {
    return isElder(lane) ? Math.max(elderHeight, this.rowHeight) : this.rowHeight
  }

  y(lane: number): number {
    return rulerHeight + 4 + (this.#edges()[lane] as number) - this.scroll
  }

  laneAt(y: number): Lane | undefined {
    if (y < rulerHeight) return undefined
    return this.#view.timeline.lanes[this.#rowAt(y)]
  }

  get visible(): { first: number; last: number } {
    const last = this.#rowAt(this.height) + 1
    return { first: Math.max(0, this.#rowAt(rulerHeight)), last }
  }

  get overflow(): number {
    const needed = (this.#edges().at(-1) as number) + rulerHeight + 12
    return Math.max(0, needed - this.height)
  }

  scrollBy(pixels: number): void {
    this.scroll = Math.min(Math.max(0, this.scroll + pixels), this.overflow)
  }

  /** Scrolls as far as need be. */
  show(lane: Lane): void {
    const y = this.y(lane.id)
    const end = y + this.heightOf(lane)
    if (y < rulerHeight + 4) this.scrollBy(y - rulerHeight - 4)
    else if (end > this.height - 6) this.scrollBy(end - this.height + 6)
  }

  /** Where each lane begins, and the last one ends. */
  #edges(): number[] {
    const { rowHeight } = this
    const { version } = this.#view
    const known = this.#known
    if (known?.rowHeight === rowHeight && known.version === version) return known.edges
    const edges = [0]
    for (const lane of this.#view.timeline.lanes)
      edges.push((edges.at(-1) as number) + this.heightOf(lane))
    this.#known = { rowHeight, version, edges }
    return edges
  }

  #rowAt(y: number): number {
    const edges = this.#edges()
    const wanted = y - rulerHeight - 4 + this.scroll
    let [low, high] = [0, edges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((edges[middle] as number) <= wanted) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

// Those that fork the others.
const isElder = ({ role, parent }: Lane) => parent === undefined || role === 'daemon'
