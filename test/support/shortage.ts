// Servers that are to run short of something.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './folder.ts'
import { descriptors } from './proc.ts'
import { fixtureFile, type Program } from './server.ts'

/** The limit does not bind root. */
export const asNobody =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : []

/** From now on the process finds so many descriptors free, and no more. */
export function leaveDescriptors(pid: number, count: number): void {
  const taken = descriptors(pid)
  let limit = 0
  for (let free = 0; free < count || taken.has(limit); limit++) if (!taken.has(limit)) free++
  limitDescriptors(pid, limit)
}

export const limitDescriptors = (pid: number, limit: number) =>
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`])

/** How many processes and threads the user of the process may have. */
export function limitProcesses(pid: number, limit: number): void {
  const [command, ...args] = [...asNobody, 'prlimit', `--pid=${pid}`, `--nproc=${limit}:`]
  execFileSync(command as string, args)
}

/** Variables under which calls fail, as `accept4=ENFILE,EPROTO`: see shortage.c. */
export function failing(plan: string): NodeJS.ProcessEnv {
  const library = join(temporaryFolder(), 'shortage.so')
  const flags = ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror']
  execFileSync('cc', [...flags, '-o', library, fixtureFile('shortage.c')])
  // Under instruments, their run-time library has to stay the first one.
  const { LD_PRELOAD: first } = process.env
  return { LD_PRELOAD: first ? `${first}:${library}` : library, SHORTAGE: plan }
}

/** The failures that have happened so far, as `accept4 EPROTO`. */
export const injected = (server: Program): string[] =>
  server.logged(/^injected: /).map(line => line.slice('injected: '.length))

/** True while the process waits in ppoll(2) without a limit of time: nothing is left to be done. */
export function waitsForEver(pid: number): boolean {
  const [number, , , timeout] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ')
  return number !== 'running' && timeout === '0x0'
}
