// A process that was killed says nothing of its end, and where its parent does not collect it nobody
// else does: the system is asked.
import { readFileSync } from 'node:fs'
import type { Lane, Timeline } from '../timeline/timeline.ts'

/** The processes of which the trace does not know yet that they are zombies. On Linux, by proc(5). */
export const unheardZombies = ({ lanes }: Timeline): Lane[] =>
  lanes.filter(lane => !lane.ended && isZombie(lane, lanes[lane.parent ?? -1]))

// Whoever has its number and another parent is another process.
function isZombie({ pid }: Lane, parent: Lane | undefined): boolean {
  const [state, ppid] = statOf(pid)
  return state === 'Z' && Number(ppid) === parent?.pid
}

function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // it has been collected, or the system has no such files
  }
}
