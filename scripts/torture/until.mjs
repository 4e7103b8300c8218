// Waiting, always with an end.
import { setTimeout as delay } from 'node:timers/promises'

/** How long anything may take, on a machine with other things to do, too. */
export const patienceMs = 30_000
const stepMs = 5

/**
 * Asks again and again until the answer is truthy, and returns it.
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {string} what for the error, if it does not happen
 * @returns {Promise<T>}
 */
export async function until(ask, what, patience = patienceMs) {
  const deadline = performance.now() + patience
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > deadline)
      throw new Error(`not seen within ${patience / 1000} s: ${what}`)
    await delay(stepMs)
  }
}

/**
 * The promise, or `late` if it takes longer.
 * @template T, L
 * @param {Promise<T>} promise
 * @param {L} late
 * @returns {Promise<T | L>}
 */
export async function within(promise, late, patience = patienceMs) {
  const timer = new AbortController()
  try {
    return await Promise.race([promise, delay(patience, late, { signal: timer.signal })])
  } finally {
    timer.abort()
  }
}
