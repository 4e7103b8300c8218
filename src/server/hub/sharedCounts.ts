import { sharedMemory } from '../../posix/memory.ts'
import type { HubCounts } from './hubProcess.ts'

/** The counts of the hub, in memory that the daemon process and all its hubs share. */
export class SharedCounts implements HubCounts {
  readonly #cells = new Float64Array(sharedMemory(4 * Float64Array.BYTES_PER_ELEMENT))

  get members(): number {
    return this.#cells[0] as number
  }
  set members(count: number) {
    this.#cells[0] = count
  }
  get messages(): number {
    return this.#cells[1] as number
  }
  set messages(count: number) {
    this.#cells[1] = count
  }
  get missed(): number {
    return this.#cells[2] as number
  }
  set missed(count: number) {
    this.#cells[2] = count
  }
  get lastId(): number {
    return this.#cells[3] as number
  }
  set lastId(id: number) {
    this.#cells[3] = id
  }
}
