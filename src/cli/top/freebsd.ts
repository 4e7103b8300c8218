// Processes as ps(1) and procstat(1) of FreeBSD tell of them. Written from their manuals and sources,
// not run there. Private memory is not told, and of a UNIX socket not whether it listens.
import { execFileSync } from 'node:child_process'
import type { Descriptor, Details, Identity, Process, State, System } from './system.ts'

export const system: System = { processes, identities, details }

const states: Record<string, State> = {
  R: 'running',
  S: 'sleeping',
  I: 'sleeping', // for longer than 20 seconds
  D: 'blocked',
  L: 'blocked',
  T: 'stopped',
  Z: 'zombie',
  W: 'idle',
}

function run(command: string, ...args: string[]): string {
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const
  try {
    return execFileSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    // Both end with 1 where a process has gone, and tell of the others all the same.
    return (error as { stdout?: string }).stdout ?? ''
  }
}

function processes(): Process[] {
  return processesFrom(run('ps', '-axwwo', 'pid=,ppid=,state=,etimes=,time=,lstart='))
}

/** @param lines of ps: `4711 1 Ss 65 0:01.25 Mon Nov 23 01:02:03 2026` */
export function processesFrom(lines: string): Process[] {
  const row = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\d+)\s+([\d:.]+)\s+(\S.*\S)\s*$/gm
  return [...lines.matchAll(row)].map(([, pid, ppid, state = '', age, time = '', start = '']) => ({
    pid: Number(pid),
    ppid: Number(ppid),
    state: states[state] ?? 'idle',
    start: String(Date.parse(start)),
    ageSeconds: Number(age),
    cpuSeconds: time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0),
  }))
}

const pidsOf = (all: readonly Process[]): string[] => all.map(({ pid }) => String(pid))

function identities(all: readonly Process[]): Map<number, Identity> {
  if (all.length === 0) return new Map()
  return identitiesFrom(run('ps', '-wwo', 'pid=,uid=,args=', '-p', pidsOf(all).join(',')))
}

/** @param lines of ps: `4711 80 truefork: daemon 1 of 256`. A name before the title is its program's */
export function identitiesFrom(lines: string): Map<number, Identity> {
  const rows = lines.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)
  return new Map(
    [...rows].map(([, pid, uid, args = '']) => {
      // setproctitle(3) puts `node: ` in front; ps shows a zombie as <defunct>.
      const command = args.replace(/^[^\s:]+: (?=truefork: )/, '').replace(/^<defunct>$/, '')
      return [Number(pid), { uid: Number(uid), command }]
    }),
  )
}

function details(all: readonly Process[]): Map<number, Details> {
  if (all.length === 0) return new Map()
  const descriptors = descriptorsFrom(run('procstat', '-h', '-f', ...pidsOf(all)))
  const zombies = new Set(all.filter(({ state }) => state === 'zombie').map(({ pid }) => pid))
  return new Map(
    [...identities(all)].map(([pid, identity]) => [
      pid,
      {
        ...identity,
        privateBytes: zombies.has(pid) ? 0 : null,
        descriptors: zombies.has(pid) ? [] : (descriptors.get(pid) ?? null),
        ended: null,
      },
    ]),
  )
}

/** @param lines of procstat -f: `4711 node 3 s - rw------- 1 0 TCP 127.0.0.1:7777 0.0.0.0:0` */
export function descriptorsFrom(lines: string): Map<number, Descriptor[]> {
  // Only numbers are descriptors: text, cwd, root and jail stand in the same column.
  const row = /^\s*(\d+) .*? (\d+) (\S) \S (?:\S{9,}) +\S+ +\S+ (\S+) +(.*)$/gm
  const rows = [...lines.matchAll(row)].map(([, pid, , type = '', protocol = '', name = '']) => {
    const [remote = '', local = ''] = name.trim().split(/\s+/).reverse()
    return { pid: Number(pid), type, protocol, local, remote }
  })
  const tops = new Set(rows.filter(isListening).map(({ local }) => portOf(local)))
  const found = new Map<number, Descriptor[]>()
  for (const each of rows) {
    const all = found.get(each.pid) ?? []
    found.set(each.pid, [...all, descriptorOf(each, tops)])
  }
  return found
}

interface FileRow {
  type: string
  protocol: string
  local: string
  remote: string
}

const noPort = /[:.]0$/
const portOf = (address: string): string => /\d+$/.exec(address)?.[0] ?? ''
const isListening = ({ type, protocol, local, remote }: FileRow): boolean =>
  type === 's' && protocol === 'TCP' && noPort.test(remote) && !noPort.test(local)

function descriptorOf(row: FileRow, tops: ReadonlySet<string>): Descriptor {
  if (row.type === 'v') return { kind: 'file' }
  if (row.type === 'p' || row.type === 'f') return { kind: 'pipe' }
  if (isListening(row)) return { kind: 'listening' }
  if (row.type !== 's' || row.protocol !== 'TCP' || noPort.test(row.remote))
    return { kind: 'other' }
  if (!tops.has(portOf(row.local))) return { kind: 'connected' }
  // An address of IPv6 has a dot before its port.
  const client = row.remote.replace(/^(.*:.*)\.(\d+)$/, '[$1]:$2')
  return { kind: 'connected', client }
}
