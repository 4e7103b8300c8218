// Follows a trace that grows. What it keeps is bounded, however long the server runs.
import { fstatSync, readSync } from 'node:fs'
import { Builder } from '../timeline/model.ts'
import { checkFirst, lineFrom } from '../timeline/read.ts'
import type { Timeline } from '../timeline/timeline.ts'
import { unheardZombies } from './zombies.ts'

/** System calls that are kept, beside all processes that are still there. */
export const mostCalls = 10_000

/** More are forgotten at once than have to be: to look for them takes longer than to have them. */
const surplus = mostCalls / 4

const newline = 10

export class Follower {
  readonly #fd: number
  readonly #buffer = Buffer.alloc(2 ** 18)
  #offset = 0
  /** A line whose end is not there yet. */
  #rest: Buffer = Buffer.alloc(0)
  #builder = new Builder()
  #calls = 0

  /** @param fd of the trace; it may be written by it, too */
  constructor(fd: number) {
    this.#fd = fd
  }

  get timeline(): Timeline {
    return this.#builder.timeline
  }

  /** The time now, as the timeline counts. */
  get now(): number {
    const [seconds, rest] = process.hrtime()
    const { origin } = this.#builder
    return origin === undefined ? 0 : seconds * 1e9 + rest - origin
  }

  /**
   * Reads some of what was written since.
   *
   * @returns false once there is no more
   * @throws NotATrace
   */
  read(): boolean {
    const length = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, this.#offset)
    if (length === 0) {
      this.#beginAnewIfCut()
      return false
    }
    this.#offset += length
    this.#take(Buffer.concat([this.#rest, this.#buffer.subarray(0, length)]))
    if (this.#calls > mostCalls + surplus) this.#forget()
    return true
  }

  /** Looks whether somebody has ended without a word. */
  look(): boolean {
    const zombies = unheardZombies(this.timeline)
    for (const lane of zombies) this.#builder.endWithoutWord(lane, this.now)
    return zombies.length > 0
  }

  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf(newline) + 1
    this.#rest = bytes.subarray(end)
    for (const text of bytes.toString('utf8', 0, end).split('\n')) {
      const line = text === '' ? undefined : lineFrom(text)
      if (text !== '' && this.#builder.origin === undefined) checkFirst(line)
      if (!line) continue
      this.#builder.add(line)
      if ('call' in line) this.#calls++
    }
  }

  // Another server has made the file anew.
  #beginAnewIfCut(): void {
    if (fstatSync(this.#fd).size >= this.#offset) return
    this.#offset = 0
    this.#rest = Buffer.alloc(0)
    this.#builder = new Builder()
    this.#calls = 0
  }

  #forget(): void {
    const { lanes } = this.timeline
    const ends = lanes.flatMap(({ calls }) => calls.map(({ to }) => to)).sort((a, b) => a - b)
    const before = ends[ends.length - mostCalls]
    if (before !== undefined) this.#builder.forget(before)
    this.#calls = lanes.reduce((sum, { calls }) => sum + calls.length, 0)
  }
}
