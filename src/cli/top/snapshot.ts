// A server at one moment: its processes, and what each is.
import { describeStatus } from '../../posix/status.ts'
import { type Role, roleOf, titledClient } from './roles.ts'
import type { Descriptor, Details, Known, Process, State, System } from './system.ts'

/** How many descriptors of each kind are open. */
export interface DescriptorCounts {
  /** Sockets that clients connect to, and sockets with somebody at the other end. */
  listening: number
  connected: number
  files: number
  pipes: number
  /** Sockets that are neither, and what the system keeps for a process: epoll, eventfd, kqueue. */
  others: number
}

export interface ServerProcess {
  pid: number
  ppid: number
  uid: number
  role: Role
  state: State
  /** How a zombie ended: `exited 7`, `SIGKILL`. */
  ended: Known<string>
  /** Whom it serves. Several: it serves, or keeps, more than one. */
  clients: Known<string[]>
  ageSeconds: number
  cpuSeconds: number
  privateBytes: Known<number>
  descriptors: Known<DescriptorCounts>
  command: string
  /** With the pid it names one process for ever, which a pid alone does not. */
  start: string
}

export interface Snapshot {
  /** When it was taken. */
  time: Date
  /** Parents stand before their children, brothers in the order in which they were forked. */
  processes: ServerProcess[]
}

/** A pid is used again; this is not. */
export type Key = `${number}:${string}`
export const keyOf = ({ pid, start }: Pick<Process, 'pid' | 'start'>): Key => `${pid}:${start}`

/** A snapshot, and who belongs to the server: also who ends just now, and has nothing to be read. */
export interface Look extends Snapshot {
  members: ReadonlySet<Key>
}

/**
 * The server as it is now.
 *
 * @param members whose descendants are looked for. Those that were members a moment ago stay so when
 * their parent has ended: orphans, or the successor after a hot upgrade
 */
export function takeSnapshot(system: System, members: ReadonlySet<Key>): Look {
  const family = familyOf(system.processes(), members)
  const processes = describe(family, system.details(family))
  return { time: new Date(), processes, members: new Set(family.map(keyOf)) }
}

/** The members and all that descends from them, parents first. */
export function familyOf(all: readonly Process[], members: ReadonlySet<Key>): Process[] {
  const children = new Map<number, Process[]>()
  for (const process of all) {
    const brothers = children.get(process.ppid)
    if (brothers) brothers.push(process)
    else children.set(process.ppid, [process])
  }
  const heads = all.filter(process => members.has(keyOf(process)))
  const pids = new Set(heads.map(({ pid }) => pid))
  const family = new Map<number, Process>()
  const add = (process: Process) => {
    if (family.has(process.pid)) return
    family.set(process.pid, process)
    for (const child of (children.get(process.pid) ?? []).sort(byAge)) add(child)
  }
  // Those whose parent is a member, too, come with their parent.
  for (const head of heads.sort(byAge)) if (!pids.has(head.ppid)) add(head)
  return [...family.values()]
}

const byAge = (a: Process, b: Process) => Number(a.start) - Number(b.start) || a.pid - b.pid

/** Who is what. Processes without details have gone in the meantime. */
export function describe(
  family: readonly Process[],
  details: ReadonlyMap<number, Details>,
): ServerProcess[] {
  const parents = new Set(family.map(({ ppid }) => ppid))
  const described = new Map<number, ServerProcess>()
  for (const process of family) {
    const more = details.get(process.pid)
    if (!more) continue
    const { uid, command, descriptors, privateBytes, ended } = more
    const parent = described.get(process.ppid)
    const role = roleOf({ command, descriptors, parent, isParent: parents.has(process.pid) })
    described.set(process.pid, {
      ...process,
      uid,
      role,
      ended: ended && describeStatus(ended),
      clients: clientsOf(command, descriptors),
      privateBytes,
      descriptors: descriptors && countsOf(descriptors),
      command,
    })
  }
  return [...described.values()]
}

function clientsOf(command: string, descriptors: Known<readonly Descriptor[]>): Known<string[]> {
  const titled = titledClient(command)
  if (titled !== undefined) return [titled]
  if (!descriptors) return null
  const clients = descriptors.flatMap(one =>
    one.kind === 'connected' && one.client !== undefined ? [one.client] : [],
  )
  return [...new Set(clients)]
}

function countsOf(descriptors: readonly Descriptor[]): DescriptorCounts {
  const count = (kind: Descriptor['kind']) => descriptors.filter(one => one.kind === kind).length
  return {
    listening: count('listening'),
    connected: count('connected'),
    files: count('file'),
    pipes: count('pipe'),
    others: count('other'),
  }
}
