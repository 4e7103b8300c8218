// Processes as proc(5) tells of them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { CLK_TCK } from '../../posix/constants.ts'
import { type WaitStatus, waitStatus } from '../../posix/status.ts'
import { type Sockets, socketTable } from './sockets.ts'
import type { Descriptor, Details, Identity, Known, Process, State, System } from './system.ts'

export const system: System = { processes, identities, details }

const states: Record<string, State> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  X: 'zombie',
  I: 'idle',
}

function processes(): Process[] {
  const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'))
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => present(() => processFrom(read(pid, 'stat'), uptime)) ?? [])
}

/** @param stat the text of /proc/PID/stat */
function processFrom(stat: string, uptime: number): Process {
  const field = fieldsOf(stat)
  const seconds = (number: number) => Number(field(number)) / CLK_TCK
  return {
    pid: Number.parseInt(stat, 10),
    ppid: Number(field(4)),
    state: states[field(3)] ?? 'idle',
    start: field(22),
    // Both in hundredths, which a difference of floating numbers does not keep.
    ageSeconds: Math.max(0, Math.round((uptime - seconds(22)) * 100) / 100),
    cpuSeconds: (Number(field(14)) + Number(field(15))) / CLK_TCK,
  }
}

// Counted as in proc(5). The name of the program, field 2, can hold blanks and parentheses.
function fieldsOf(stat: string): (number: number) => string {
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return number => words[number - 3] as string
}

function identities(all: readonly Process[]): Map<number, Identity> {
  return each(all, ({ pid }) => identityOf(pid))
}

function identityOf(pid: number): Identity {
  // Not the owner of /proc/PID: that is root where the process has changed its user.
  const uid = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(read(pid, 'status'))?.[1])
  return { uid, command: read(pid, 'cmdline').replace(/\0+$/, '').replaceAll('\0', ' ') }
}

function details(all: readonly Process[]): Map<number, Details> {
  const sockets = socketsOf(all)
  return each(all, process => detailsOf(process, sockets))
}

function detailsOf({ pid, state }: Process, sockets: Sockets): Details {
  const { uid, command } = identityOf(pid)
  if (state === 'zombie') {
    // The system has taken all else from it.
    return { uid, command, privateBytes: 0, descriptors: [], ended: endingOf(pid, uid) }
  }
  return {
    uid,
    command,
    privateBytes: readable(() => privateBytes(read(pid, 'smaps_rollup'))),
    descriptors: readable(() => descriptorsOf(pid, sockets)),
    ended: null,
  }
}

// Others are told 0, as if it had exited 0.
function endingOf(pid: number, uid: number): Known<WaitStatus> {
  const own = process.geteuid?.()
  if (own !== uid && own !== 0) return null
  return waitStatus(Number(fieldsOf(read(pid, 'stat'))(52)))
}

/** @param rollup /proc/PID/smaps_rollup, in kB */
export function privateBytes(rollup: string): number {
  const sizes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)]
  return sizes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0)
}

function descriptorsOf(pid: number, sockets: Sockets): Descriptor[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap(
    fd => present(() => descriptorFrom(readlinkSync(`${folder}/${fd}`), sockets)) ?? [],
  )
}

/** @param name what /proc/PID/fd/N points to: `socket:[123]`, `/dev/null` */
function descriptorFrom(name: string, sockets: Sockets): Descriptor {
  const inode = /^socket:\[(\d+)\]$/.exec(name)?.[1]
  if (inode !== undefined) return sockets.get(inode) ?? { kind: 'other' }
  if (name.startsWith('pipe:')) return { kind: 'pipe' }
  return { kind: name.startsWith('/') ? 'file' : 'other' }
}

// Each process may be in a network of its own; those of one server mostly are not.
function socketsOf(all: readonly Process[]): Sockets {
  const networks = new Map<string, number>()
  for (const { pid } of all) {
    const network = present(() => readable(() => readlinkSync(`/proc/${pid}/ns/net`)))
    if (network) networks.set(network, pid)
  }
  const tables = [...networks.values()].map(pid => {
    const table = (name: string) => present(() => read(pid, `net/${name}`)) ?? ''
    return socketTable(table('tcp'), table('tcp6'), table('unix'))
  })
  return new Map(tables.flatMap(table => [...table]))
}

const read = (pid: number | string, file: string): string =>
  readFileSync(`/proc/${pid}/${file}`, 'utf8')

/** Undefined if the process, or its descriptor, has gone in the meantime. */
function present<T>(ask: () => T): T | undefined {
  return unless(['ENOENT', 'ESRCH'], undefined, ask)
}

/** Null if only others may read it. */
function readable<T>(ask: () => T): Known<T> {
  return unless(['EACCES', 'EPERM'], null, ask)
}

function unless<T, U>(codes: readonly string[], instead: U, ask: () => T): T | U {
  try {
    return ask()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return instead
    throw error
  }
}

function each<T>(all: readonly Process[], ask: (process: Process) => T): Map<number, T> {
  const found = new Map<number, T>()
  for (const process of all) {
    const answer = present(() => ask(process))
    if (answer !== undefined) found.set(process.pid, answer)
  }
  return found
}
