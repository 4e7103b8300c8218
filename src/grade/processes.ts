// What the kernel says of the processes that came of this one, in /proc. See proc(5).
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { NotSeen } from './check.ts'

/** Undefined where the process has ended in the meantime. */
function ask<T>(pid: number, what: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw new NotSeen(`${what} of process ${pid} may not be read (${code})`)
  }
}

/** True where processes can be looked at. */
export function procIsThere(): boolean {
  try {
    return readFileSync('/proc/self/stat', 'utf8').startsWith(`${process.pid} `)
  } catch {
    return false
  }
}

export interface Stat {
  pid: number
  name: string
  /** R runs, S asleep, D waits for a disk, T stopped, Z zombie. */
  state: string
  parent: number
  group: number
  /** Processor time used so far, in ticks of the clock. */
  ticks: number
  /** Of a zombie, the wait status; 0 also where it may not be read. */
  status: number
}

/** The line of a process or of one thread; undefined if it is gone. */
export function statOf(pid: number, thread?: number): Stat | undefined {
  const path = thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`
  const text = ask(pid, 'the state', () => readFileSync(path, 'utf8'))
  if (text === undefined) return undefined
  // The name may hold anything, but ends with the last parenthesis.
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number) => Number(words[field - 3])
  return {
    pid,
    name,
    state: words[0] as string,
    parent: number(4),
    group: number(5),
    ticks: number(14) + number(15),
    status: number(52),
  }
}

function childrenByParent(stats: readonly Stat[]): Map<number, Stat[]> {
  const map = new Map<number, Stat[]>()
  for (const stat of stats) {
    const brothers = map.get(stat.parent)
    if (brothers) brothers.push(stat)
    else map.set(stat.parent, [stat])
  }
  return map
}

// Who does not descend from a process that adopts its orphans never will, so there is no need to
// look twice. Only a new process can have an old number, and numbers go round: after a while
// nothing is remembered.
const strangers = new Set<string>()
let lastLook = 0
const MEMORY = 1000

/** Every process that descends from this one, nearest first, zombies among them. */
export function ownDescendants(): Stat[] {
  const now = Date.now()
  if (now - lastLook > MEMORY) strangers.clear()
  lastLook = now
  const names = processNames()
  const there = new Set(names)
  for (const name of strangers) if (!there.has(name)) strangers.delete(name)
  const looked = names.filter(name => !strangers.has(name)).map(visible)
  const children = childrenByParent(looked.filter(stat => stat !== undefined))
  const found: Stat[] = []
  for (let next = children.get(process.pid) ?? []; next.length > 0; ) {
    found.push(...next)
    next = next.flatMap(({ pid }) => children.get(pid) ?? [])
  }
  const own = new Set(found.map(({ pid }) => pid))
  // One whose parent has just ended may have got another by now: this one.
  const isSettled = (parent: number) => parent === 0 || there.has(String(parent))
  for (const stat of looked) {
    if (stat && !own.has(stat.pid) && isSettled(stat.parent)) strangers.add(String(stat.pid))
  }
  return found
}

const processNames = () => readdirSync('/proc').filter(name => /^\d+$/.test(name))

/** Undefined also where others' processes are hidden. */
function visible(name: string): Stat | undefined {
  try {
    return statOf(Number(name))
  } catch (error) {
    if (error instanceof NotSeen) return undefined
    throw error
  }
}

/** The processes that may be seen. */
export const everyProcess = (): Stat[] =>
  processNames()
    .map(visible)
    .filter(stat => stat !== undefined)

/** What a descriptor of the process names, by descriptor, as `socket:[123]`. */
export function descriptorsOf(pid: number): Map<number, string> {
  const open = new Map<number, string>()
  const list = ask(pid, 'the descriptors', () => readdirSync(`/proc/${pid}/fd`)) ?? []
  for (const fd of list) {
    const name = ask(pid, 'the descriptors', () => readlinkSync(`/proc/${pid}/fd/${fd}`))
    if (name !== undefined) open.set(Number(fd), name)
  }
  return open
}

/** The threads of a process; none if it is gone. */
export function threadsOf(pid: number): Stat[] {
  const list = ask(pid, 'the threads', () => readdirSync(`/proc/${pid}/task`)) ?? []
  return list.map(thread => statOf(pid, Number(thread))).filter(stat => stat !== undefined)
}

/** A field of /proc/PID/status, as `Uid`. */
export function fieldOf(pid: number, field: string): string | undefined {
  const text = ask(pid, 'the status', () => readFileSync(`/proc/${pid}/status`, 'utf8'))
  return text && new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(text)?.[1]
}

/** The memory that a process does not share with others, in kB; undefined where it is not told. */
export function privateMemory(pid: number): number | undefined {
  let text: string | undefined
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  } catch {
    return undefined // gone, or not allowed: this is a figure beside a verdict, and no evidence
  }
  const size = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return size('Private_Clean') + size('Private_Dirty')
}
