// What the kernel knows of a server and of all that it has forked. Processor time and memory are
// read from /proc; where there is none (FreeBSD), they are null.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const hasProc = existsSync('/proc/self/stat')

/** @returns {{ pid: number, parent: number, session: number }[]} */
function allProcesses() {
  if (!hasProc) {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,sid='], { encoding: 'utf8' })
    const rows = table.trim().split('\n')
    return rows.map(row => {
      const [pid, parent, session] = row.trim().split(/\s+/).map(Number)
      return { pid, parent, session }
    })
  }
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.map(pid => {
    const [, parent, , session] = statOf(pid).map(Number)
    return { pid: Number(pid), parent, session }
  })
}

// The words behind the name, which may itself hold blanks and parentheses: state, ppid, …
function statOf(pid) {
  const text = read(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // the process has ended
  }
}

/**
 * A process, its descendants, and whoever else is of its session: a server that has ended leaves
 * children that are nobody's descendants any more.
 * @param {number} root
 * @returns {number[]} the root first
 */
export function tree(root) {
  const children = new Map()
  const found = new Set([root])
  for (const { pid, parent, session } of allProcesses()) {
    if (!children.has(parent)) children.set(parent, [])
    children.get(parent).push(pid)
    if (session === root) found.add(pid)
  }
  // A set goes on to those that are added while it is walked.
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child)
  return [...found]
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended
  }
}

/**
 * Ends a process and its descendants, whatever state they are in. The root is stopped first, so
 * that it cannot fork while its descendants are being listed.
 * @param {number} root that has not been collected: a pid that is free may be a stranger's
 */
export function killTree(root) {
  signal(root, 'SIGSTOP')
  for (const pid of tree(root)) signal(pid, 'SIGKILL')
}

let ticks
const ticksPerSecond = () => {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return ticks
}

/**
 * Ends what a process has left behind, at the moment when it has ended.
 * @param {number} root
 */
export function killRest(root) {
  for (const pid of tree(root)) if (pid !== root) signal(pid, 'SIGKILL')
}

/**
 * Processor time of a process and its descendants, those that it has collected included.
 * @param {number} root
 * @returns {number | null} seconds
 */
export function processorSeconds(root) {
  if (!hasProc) return null
  let sum = 0
  for (const pid of tree(root)) {
    // utime, stime, cutime, cstime: proc_pid_stat(5), fields 14 to 17
    for (const field of statOf(pid).slice(11, 15)) sum += Number(field)
  }
  return sum / ticksPerSecond()
}

/**
 * What all processors have done since the machine was started.
 * @returns {{ busy: number, all: number } | null} seconds, summed over the processors
 */
export function machineSeconds() {
  if (!hasProc) return null
  // user nice system idle iowait irq softirq steal: proc_stat(5). Time that the host has stolen
  // was not ours, so that it counts as busy. Guest time is part of user time already.
  const fields = read('/proc/stat').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number)
  const all = fields.reduce((sum, field) => sum + field, 0)
  const idle = fields[3] + fields[4]
  return { busy: (all - idle) / ticksPerSecond(), all: all / ticksPerSecond() }
}

/**
 * Proportional set size of a process and its descendants: shared pages count in equal parts.
 * @param {number} root
 * @returns {number | null} KB; null where it cannot be read
 */
export function proportionalKB(root) {
  if (!hasProc) return null
  let sum = 0
  for (const pid of tree(root)) {
    const line = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))
    if (line) sum += Number(line[1])
  }
  return sum > 0 ? sum : null
}

/** @returns {number | null} KB that the kernel could give away without swapping */
export function availableKB() {
  const line = /^MemAvailable:\s+(\d+)/m.exec(read('/proc/meminfo'))
  return line ? Number(line[1]) : null
}
