// Clients that come and go while a fault is injected.
import { setTimeout as delay } from 'node:timers/promises'
import { refusals, visit } from './client.mjs'

/** Whoever is refused tries again a little later, as clients do. */
const retryMs = 10

export class Crowd {
  /** How they have fared, by outcome. */
  counts = {}
  #port
  #size
  #isOpen = false
  #running = []

  constructor(port, size) {
    this.#port = port
    this.#size = size
  }

  start() {
    this.#isOpen = true
    this.#running = Array.from({ length: this.#size }, (_, number) => this.#client(number))
  }

  /** Nobody comes any more; those who are there are seen to their end. */
  async stop() {
    this.#isOpen = false
    await Promise.all(this.#running.splice(0))
  }

  /** Does something with no clients about. */
  async without(action) {
    await this.stop()
    const result = await action()
    this.start()
    return result
  }

  async #client(number) {
    for (let turn = 0; this.#isOpen; turn++) {
      const outcome = this.count(await visit(this.#port, { line: `client ${number} turn ${turn}` }))
      if (refusals.includes(outcome)) await delay(retryMs)
    }
  }

  /** Adds a client that came by other ways. @returns its outcome */
  count(outcome) {
    this.counts[outcome] = (this.counts[outcome] ?? 0) + 1
    return outcome
  }

  /** Waits until so many more have been answered. */
  get answered() {
    return this.counts.answered ?? 0
  }

  get refused() {
    return refusals.reduce((sum, name) => sum + (this.counts[name] ?? 0), 0)
  }
}
