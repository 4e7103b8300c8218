// Servers of the model prefork, and what the kernel says of their processes.
import { readFileSync } from 'node:fs'
import type { FixtureOptions } from './fixture.ts'
import { type Program, startServer } from './server.ts'
import { until } from './until.ts'

export const startPrefork = (
  handler: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Promise<Program> => startServer(handler, ['--model', 'prefork', ...args], options)

/** What ps shows of a process; empty once it has ended. */
export function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0.*$/s, '')
  } catch {
    return ''
  }
}

/** Asleep, with the title of one that waits. */
function isIdle(pid: number): boolean {
  try {
    const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!
    return state === 'S' && titleOf(pid) === 'truefork: waiting'
  } catch {
    return false
  }
}

/** The server processes that wait for clients. */
export const idleOf = (server: Program): number[] => server.children().filter(isIdle)

/** Waits until so many wait for clients, and no other server process is there than `busy`. */
export const untilIdle = (server: Program, count: number, busy: number[] = []) =>
  until(
    () => {
      const idle = idleOf(server)
      const all = server.children()
      return idle.length === count && all.length === count + busy.length ? idle : undefined
    },
    { what: `${count} idle: there are ${server.children().map(titleOf)}` },
  )
