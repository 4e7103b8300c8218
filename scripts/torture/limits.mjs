import { execFileSync } from 'node:child_process'
import { descriptors } from './proc.mjs'

/** How many descriptors a process has usually. */
const enough = 4096

/** From now on the process, which does nothing at the moment, finds so many free, and no more. */
export function leaveDescriptors(pid, count) {
  const taken = descriptors(pid)
  let limit = 0
  for (let free = 0; free < count || taken.has(limit); limit++) if (!taken.has(limit)) free++
  limitDescriptors(pid, limit)
}

export const limitDescriptors = (pid, limit = enough) =>
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`])
