import { setTimeout as delay } from 'node:timers/promises'

const count = 1000

/** Those that are sent at once: they can be one to whoever receives them. */
const burst = 5

/** Sends a signal many times. @returns how many */
export async function storm(pid, signal) {
  for (let sent = 0; sent < count; sent++) {
    process.kill(pid, signal)
    if (sent % burst === 0) await delay(1)
  }
  return count
}
