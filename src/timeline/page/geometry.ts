// Where on the canvas a time and a process are.
import { type ZoomTransform, zoomIdentity } from 'd3-zoom'
import type { Lane } from '../timeline.ts'
import type { View } from './view.ts'

export const rulerHeight = 28

const tallest = 44
const lowest = 3

export class Geometry {
  readonly #view: View
  width = 0
  height = 0
  transform: ZoomTransform = zoomIdentity
  scroll = 0

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
    const room = (this.height - rulerHeight - 6) / Math.max(1, this.#view.timeline.lanes.length)
    return Math.min(tallest, Math.max(lowest, Math.floor(room)))
  }

  y(lane: number): number {
    return rulerHeight + 4 + lane * this.rowHeight - this.scroll
  }

  laneAt(y: number): Lane | undefined {
    if (y < rulerHeight) return undefined
    return this.#view.timeline.lanes[
      Math.floor((y - rulerHeight - 4 + this.scroll) / this.rowHeight)
    ]
  }

  get visible(): { first: number; last: number } {
    const first = Math.max(0, Math.floor((this.scroll - 4) / this.rowHeight))
    const rows = Math.ceil((this.height - rulerHeight) / this.rowHeight) + 1
    return { first, last: Math.min(this.#view.timeline.lanes.length, first + rows) }
  }

  get overflow(): number {
    const needed = this.#view.timeline.lanes.length * this.rowHeight + rulerHeight + 12
    return Math.max(0, needed - this.height)
  }

  scrollBy(pixels: number): void {
    this.scroll = Math.min(Math.max(0, this.scroll + pixels), this.overflow)
  }

  /** Scrolls as far as need be. */
  show(lane: Lane): void {
    const y = this.y(lane.id)
    if (y < rulerHeight + 4) this.scrollBy(y - rulerHeight - 4)
    else if (y + this.rowHeight > this.height - 6)
      this.scrollBy(y + this.rowHeight - this.height + 6)
  }
}
