// In which order the processes stand: as the tree of parents and children, or by one of the values.
import type { DescriptorCounts, ServerProcess } from './snapshot.ts'
import type { SortKey } from './sortKeys.ts'

/** A process, and the branch of the tree that leads to it. */
export interface Row {
  process: ServerProcess
  branch: string
}

/** What cannot be read stands below everything that can. */
const values: Record<Exclude<SortKey, 'tree'>, (process: ServerProcess) => number> = {
  cpu: ({ cpuSeconds }) => cpuSeconds,
  memory: ({ privateBytes }) => privateBytes ?? -1,
  descriptors: ({ descriptors }) => (descriptors ? total(descriptors) : -1),
  age: ({ ageSeconds }) => ageSeconds,
  // Zombies first, then who computes.
  state: ({ state }) => ['sleeping', 'running', 'zombie'].indexOf(state),
  pid: ({ pid }) => -pid,
}

const total = (counts: DescriptorCounts): number =>
  Object.values<number>({ ...counts }).reduce((sum, count) => sum + count, 0)

/** @param reverse the other way round: in a tree, brothers the last forked first */
export function inOrder(
  processes: readonly ServerProcess[],
  key: SortKey,
  reverse: boolean,
): Row[] {
  if (key === 'tree') return treeOf(processes, reverse)
  const value = values[key]
  const sign = reverse ? -1 : 1
  return processes
    .map(process => ({ process, branch: '' }))
    .sort((a, b) => sign * (value(b.process) - value(a.process)))
}

function treeOf(processes: readonly ServerProcess[], reverse: boolean): Row[] {
  const pids = new Set(processes.map(({ pid }) => pid))
  const children = new Map<number | undefined, ServerProcess[]>()
  for (const process of processes) {
    const parent = pids.has(process.ppid) ? process.ppid : undefined
    const brothers = children.get(parent) ?? []
    children.set(parent, reverse ? [process, ...brothers] : [...brothers, process])
  }
  const rows: Row[] = []
  const add = (process: ServerProcess, branch: string, below: string) => {
    rows.push({ process, branch })
    const own = children.get(process.pid) ?? []
    for (const [index, child] of own.entries()) {
      const isLast = index === own.length - 1
      add(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`)
    }
  }
  for (const head of children.get(undefined) ?? []) add(head, '', '')
  return rows
}
