// Of what lies on large pages at the start, the daemon process gets a small one for each that it writes
// to after a fork. They become more and more, and each fork is dearer than the one before. So from time
// to time all are put together again.
import { getHeapStatistics } from 'node:v8'
import { useLargePages } from '../fork/largePages.ts'
import type { ChildTable } from './childTable.ts'
import type { Chore } from './upkeep.ts'

const everyMs = 1000
/** Fewer forks leave little to gather. */
const fewest = 5000
/** So many forks have to share each ms that it has taken the last time. */
const forksEachMs = 500
/** A larger heap stays as it is: clients would notice the pause. */
const largest = 64 * 2 ** 20

/**
 * Keeps the memory of the daemon process on large pages. What is gathered is copied, and a server
 * process goes on with what was there before. So it waits until those have ended that were forked
 * before the last time: there are never more than two copies.
 */
export function gatherPages(children: ChildTable): Chore {
  let gathered = { at: children.forked, time: performance.now() }
  let enough = fewest
  const isAnyOlder = () => {
    // They are in the order in which they were forked.
    for (const [, child] of children.entries()) return child.since < gathered.time
    return false
  }
  return {
    everyMs,
    isStale: () => children.forked - gathered.at >= enough && !isAnyOlder(),
    renew(isLast) {
      if (isLast) return
      const start = performance.now()
      if (getHeapStatistics().total_heap_size <= largest) useLargePages()
      gathered = { at: children.forked, time: performance.now() }
      enough = Math.max(fewest, (gathered.time - start) * forksEachMs)
    },
  }
}
