// What the page shows at the moment: the cursor, the selected process, the stretch of time. Whoever
// draws listens for changes; all that happens in one frame is drawn once.
import { callsOf } from '../moment.ts'
import type { Lane, Timeline } from '../timeline.ts'
import { lastStep, type Step, stepsOf } from './steps.ts'
import { type Mode, type Warp, warpOf } from './warp.ts'

export class View {
  timeline: Timeline
  steps!: Step[]
  warp!: Warp
  /** Another number when the timeline has become another, or has grown. */
  version = 0
  /** The server runs, and the cursor stays at the end. */
  isFollowing = false
  /** Times are told from the end backwards. */
  isLive = false
  #mode: Mode = 'squeezed'
  /** Nanoseconds since the beginning. */
  cursor = 0
  /** The step at which the cursor stands, where it has been put there; several can have the same time. */
  #step = -1
  chosen: Lane | undefined
  isPlaying = false
  speed = 1
  rowHeight = 0
  readonly #listeners: (() => void)[] = []
  #isDue = false

  constructor(timeline: Timeline) {
    this.timeline = timeline
    this.renew()
  }

  /** Puts another timeline in the place of the one that was: the same processes, later. */
  replace(timeline: Timeline): void {
    const { chosen } = this
    this.timeline = timeline
    this.chosen = chosen && timeline.lanes.find(lane => isSame(lane, chosen))
    this.renew()
  }

  /** The timeline has grown, or lost its beginning. */
  renew(): void {
    const { timeline } = this
    timeline.calls = callsOf(timeline.lanes)
    this.version++
    this.steps = stepsOf(timeline)
    this.warp = warpOf(timeline, this.#mode)
    if (this.chosen && timeline.lanes[this.chosen.id] !== this.chosen) this.chosen = undefined
    this.#put(this.isFollowing ? timeline.length : this.cursor)
  }

  listen(draw: () => void): void {
    this.#listeners.push(draw)
  }

  changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => {
      this.#isDue = false
      for (const draw of this.#listeners) draw()
    })
  }

  get mode(): Mode {
    return this.#mode
  }

  set mode(mode: Mode) {
    this.#mode = mode
    this.warp = warpOf(this.timeline, mode)
    this.changed()
  }

  get step(): number {
    return this.#step
  }

  /** Whoever puts the cursor somewhere wants it to stay there. */
  moveTo(at: number): void {
    this.isFollowing = false
    this.#put(at)
  }

  #put(at: number): void {
    const { start, length } = this.timeline
    this.cursor = Math.min(Math.max(at, start), length)
    this.#step = lastStep(this.steps, this.cursor)
    this.changed()
  }

  goTo(step: number): void {
    const to = this.steps[step]
    if (!to) return
    this.isFollowing = false
    this.#step = step
    this.cursor = to.at
    this.changed()
  }

  /** @param isOwn of the selected process alone */
  stepBy(direction: 1 | -1, isOwn: boolean): void {
    let next = this.#step + direction
    while (isOwn && this.chosen && this.steps[next] && this.steps[next]?.lane !== this.chosen.id)
      next += direction
    if (next < 0) this.moveTo(0)
    else this.goTo(next)
  }

  choose(lane: Lane | undefined): void {
    this.chosen = lane
    this.changed()
  }

  /** The next process, after the selected one, whose pid or client has the text in it. */
  find(text: string): Lane | undefined {
    const { lanes } = this.timeline
    const start = this.chosen ? this.chosen.id + 1 : 0
    const inTurn = [...lanes.slice(start), ...lanes.slice(0, start)]
    return inTurn.find(
      ({ pid, clients }) => String(pid).includes(text) || clients.some(one => one.includes(text)),
    )
  }
}

const isSame = (one: Lane, other: Lane) => one.pid === other.pid && one.born === other.born
