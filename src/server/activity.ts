import { sharedMemory } from '../posix/memory.ts'

const slotsPerPage = 512

/**
 * When each server process last read or wrote, in ms of the monotonic clock: a number for each in
 * memory that it shares with the daemon process. Copies of `performance.now()` in parent and child
 * have one origin. A number of 8 bytes that are aligned is written in one piece.
 */
export class Activity {
  readonly #pages: Float64Array[] = []
  readonly #free: number[] = []

  /** In the daemon process, before the fork: a slot for the child, whose activity begins now. */
  take(): number {
    if (this.#free.length === 0) this.#grow()
    const slot = this.#free.pop() as number
    this.stamp(slot)
    return slot
  }

  /** Once the child has been collected: nobody writes there any more. */
  give(slot: number): void {
    this.#free.push(slot)
  }

  stamp(slot: number): void {
    this.#pageOf(slot)[slot % slotsPerPage] = performance.now()
  }

  last(slot: number): number {
    return this.#pageOf(slot)[slot % slotsPerPage] as number
  }

  #pageOf(slot: number): Float64Array {
    return this.#pages[Math.floor(slot / slotsPerPage)] as Float64Array
  }

  // A page at a time, when as many children live at once: each that is forked from now on has it.
  #grow(): void {
    const first = this.#pages.length * slotsPerPage
    const bytes = slotsPerPage * Float64Array.BYTES_PER_ELEMENT
    this.#pages.push(new Float64Array(sharedMemory(bytes)))
    for (let slot = first + slotsPerPage - 1; slot >= first; slot--) this.#free.push(slot)
  }
}
