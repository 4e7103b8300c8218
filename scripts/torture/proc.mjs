// What the kernel says of a process, from /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The text of a file that may be gone already; then it is empty. */
export function readOrNothing(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Of /proc/PID/stat: the state (`S` asleep, `T` stopped, `Z` zombie), the parent, processor time. */
export function stat(pid) {
  const text = readOrNothing(`/proc/${pid}/stat`)
  if (text === '') return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    state: fields[0],
    parent: Number(fields[1]),
    ticks: Number(fields[11]) + Number(fields[12]),
  }
}

/** False once it has ended, whether or not anybody has collected it. */
export const isThere = pid => (stat(pid)?.state ?? 'Z') !== 'Z'

/** A number in /proc/PID/status, as `VmRSS` (KB) or `voluntary_ctxt_switches`. */
export const statusNumber = (pid, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readOrNothing(`/proc/${pid}/status`))?.[1])

/** The descriptors of a process: number and what it names, as `socket:[123]`. */
export function descriptors(pid) {
  const open = new Map()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.set(Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      // closed in the meantime
    }
  }
  return open
}

/** What kinds of descriptors it has, and how many of each: comparable between two processes. */
export const kindsOfDescriptors = pid =>
  [...descriptors(pid).values()].map(name => name.replace(/\d{2,}/, '')).sort()

/** The children, zombies among them. The daemon forks from its main thread alone. */
export const childrenOf = pid =>
  readOrNothing(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)

export const zombiesOf = pid => childrenOf(pid).filter(child => stat(child)?.state === 'Z')

/** Every process in whose environment this stands. */
export const processesWith = text =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && readOrNothing(`/proc/${name}/environ`).includes(text))
    .map(Number)

/** The lines of /proc/net/tcp that have to do with a port on 127.0.0.1. */
export function connections(port) {
  const number = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  // A table that changes while it is read can show a connection twice.
  const each = new Map(
    rows.map(row => row.trim().split(/\s+/)).map(row => [`${row[1]} ${row[2]}`, row]),
  )
  return [...each.values()]
    .map(([, local, remote, state, queues]) => ({
      isServers: local.endsWith(`:${number}`),
      isClients: remote.endsWith(`:${number}`),
      state: states[state],
      received: Number.parseInt(queues.split(':')[1], 16),
    }))
    .filter(({ isServers, isClients }) => isServers || isClients)
}

const states = { '01': 'established', '02': 'connecting', '08': 'half closed', '0A': 'listening' }

/** How many clients wait in the accept queue. */
export const acceptQueue = port =>
  connections(port).find(({ isServers, state }) => isServers && state === 'listening')?.received ??
  0
