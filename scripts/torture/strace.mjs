// Errors that the system gives too rarely, put in the place of answers to one process's calls.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from './until.mjs'

export function hasStrace() {
  const { status } = spawnSync('strace', ['-o', '/dev/null', 'true'])
  return status === 0 ? undefined : 'strace is not here, or may not trace'
}

/**
 * Lets the next so many calls of the main thread fail.
 * @param {number} pid
 * @param {string[]} calls
 * @param {string} code as `ENOMEM`
 * @param {() => Promise<unknown>} meanwhile until then the process is traced
 * @returns how often it was seen to happen
 */
export async function injectErrors(pid, calls, code, times, meanwhile) {
  const names = calls.join()
  const what = `inject=${names}:error=${code}:when=1..${times}`
  const strace = spawn('strace', ['-p', pid, '-e', `trace=${names}`, '-e', what], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines = []
  createInterface({ input: strace.stderr }).on('line', line => lines.push(line))
  const ended = once(strace, 'exit')
  const injected = () => lines.filter(line => /\(INJECTED\)/.test(line)).length
  await until(() => lines.some(line => /attached/.test(line)), 'strace')
  await until(() => injected() > 0, `an injected ${code}`)
  await meanwhile()
  strace.kill('SIGINT')
  await ended
  return injected()
}
