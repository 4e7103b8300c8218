// Each fork copies what describes the daemon process's memory, and pays for garbage as for anything
// else. V8 collects the old part of its heap when it has grown by many MB, which with the few hundred
// bytes that a connection leaves there comes after a hundred thousand of them; until then each fork
// is dearer than the one before. So the daemon process collects earlier, and its size stays the same.
import { getHeapCodeStatistics, getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ChildTable } from './childTable.ts'
import type { Chore } from './upkeep.ts'

const everyMs = 1000
/** Fewer forks leave nothing to speak of; and a daemon process without clients need not wake. */
const forks = 1000
const growth = 2 ** 20

/** What of the old space is in use, in bytes, garbage among it. */
function oldSpace(): number {
  const spaces = getHeapSpaceStatistics()
  return spaces.find(space => space.space_name === 'old_space')?.space_used_size ?? 0
}

// V8 has the function only if it is asked for, and only in contexts made from then on. The program
// in this one sees nothing of it.
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return gc
}

// V8 leaves the sweeping of what it has collected to whoever allocates next, or to the first who needs
// to see all of the heap: that would be each child. For these statistics it has to see all of it.
const sweep: () => void = getHeapCodeStatistics

/**
 * Keeps the heap of the daemon process near what it is after a collection: 1 MB above it, or an
 * eighth for a large heap, whose collections take longer.
 */
export function garbage(children: ChildTable): Chore {
  let collect: (() => void) | undefined
  let looked = 0
  let live = oldSpace()
  return {
    everyMs,
    isStale: () => children.forked - looked >= forks,
    renew(isLast) {
      looked = children.forked
      if (isLast) return
      const used = oldSpace()
      if (used - live < Math.max(growth, live / 8)) return
      collect ??= collector()
      collect()
      sweep()
      live = oldSpace()
    },
  }
}
