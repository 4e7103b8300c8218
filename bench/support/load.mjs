// The load generator as functions.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { endLater } from './server.mjs'

/**
 * @typedef {object} Percentiles microseconds
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} max
 *
 * @typedef {object} Run
 * @property {number} connections that were answered
 * @property {number} seconds
 * @property {number} perSecond
 * @property {number} ownSeconds processor time of the load generator itself
 * @property {Record<string, number>} failed
 * @property {Percentiles | null} answer until the line is back
 * @property {Percentiles | null} whole until the server has closed
 */

export class Load {
  #program

  /** @param {string} program the compiled load generator */
  constructor(program) {
    this.#program = program
  }

  #start(args) {
    const stdio = ['pipe', 'pipe', 'inherit']
    const child = endLater(spawn(this.#program, args.map(String), { stdio }))
    const ended = once(child, 'exit').then(([code, signal]) => {
      if (code !== 0) throw new Error(`the load generator ended with ${code ?? signal}`)
    })
    ended.catch(() => {}) // whoever waits for its lines is told
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => {
      const { value, done } = await lines.next()
      if (!done) return JSON.parse(value)
      await ended
      throw new Error('the load generator said nothing')
    }
    return { child, ended, next }
  }

  /**
   * Clients that come and go.
   * @param {number} port
   * @param {{ clients: number, seconds: number, rate?: number }} crowd with a rate, so many clients
   * a second, at most `clients` at once; without, `clients` at a time
   * @returns {Promise<Run>}
   */
  async run(port, { clients, seconds, rate }) {
    const { ended, next } = this.#start([
      'run',
      port,
      clients,
      seconds,
      ...(rate === undefined ? [] : [rate.toFixed(3)]),
    ])
    const result = await next()
    await ended
    return result
  }

  /**
   * Clients that stay. Each has been answered once when this returns.
   * @param {number} port
   * @param {number} clients
   */
  async hold(port, clients) {
    const { child, ended, next } = this.#start(['hold', port, clients])
    const { held, failed } = await next()
    /** Asks all of them again and lets them go. */
    const release = async () => {
      child.stdin.write('\n')
      const result = await next()
      await ended
      return result
    }
    return { held, failed, release }
  }
}
