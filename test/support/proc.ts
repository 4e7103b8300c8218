// What the kernel says of a process, from /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { until } from './until.ts'

/** The descriptors that the process holds, with what each names, as `socket:[123]`. */
export function descriptors(pid: number): Map<number, string> {
  const open = new Map<number, string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.set(Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      // closed in the meantime
    }
  }
  return open
}

/** What ps shows as the command. */
export const title = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '')

/** True if a program that the process turns into does not get this descriptor. */
export function isCloseOnExec(pid: number, fd: number): boolean {
  const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)![1]!, 8)
  return (flags & 0o2000000) !== 0
}

/** A field of /proc/PID/status, as `SigIgn` or `PPid`. */
export function status(pid: number, field: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(text)![1]!
}

/** True where the tests may become other users. */
export const isRoot = process.geteuid?.() === 0

/** What to start a program under so that it cannot become another user, whoever runs the tests. */
export const withoutRights: readonly string[] = isRoot
  ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all']
  : []

/** Real, effective, saved and file system ids, and the supplementary groups. */
export function idsOf(pid: number) {
  const numbers = (field: string) => status(pid, field).split(/\s+/).filter(Boolean).map(Number)
  return { uid: numbers('Uid'), gid: numbers('Gid'), groups: numbers('Groups') }
}

/** A line of /proc/PID/limits, as `open files`: the soft limit and the hard one. */
export function limit(pid: number, name: string): string[] {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8')
  return new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, 'm').exec(text)!.slice(1)
}

/** The signal numbers in such a field, of which `SigIgn` is one. */
export function signals(pid: number, field: string): number[] {
  const bits = BigInt(`0x${status(pid, field)}`)
  return Array.from({ length: 64 }, (_, index) => index + 1).filter(
    number => (bits >> BigInt(number - 1)) & 1n,
  )
}

/** Of /proc/PID/stat: the state of the main thread (`S` asleep, `Z` zombie), parent, group … */
export function stat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state, ...numbers] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, group, session] = numbers.map(Number)
  return { state: state!, parent: parent!, group: group!, session: session! }
}

/** The nice value of the main thread. */
export function niceOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16])
}

/** How often the process has touched a page that was not there for it yet, but was in memory. */
export function pageFaults(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[7])
}

/** Processor time of user and system, in ticks of the clock: see getconf CLK_TCK. */
export function processorTicks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(words[11]) + Number(words[12])
}

/** The processes whose parent this one is, zombies among them. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(id => {
      try {
        return id > 0 && stat(id).parent === pid
      } catch {
        return false // ended in the meantime
      }
    })
}

/** True until the process has ended and been collected. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until the main thread of the process sleeps in a system call. */
export const untilAsleep = (pid: number) => until(() => stat(pid).state === 'S')
