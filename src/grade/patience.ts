// How long to wait for something that does not come. Not by the clock: on a busy machine a clock
// would fail servers that are right. A server is at rest when all its threads have been asleep, and
// no byte has moved, for a while: nothing will come of it any more, however slow the machine.

import { CLK_TCK } from '../posix/constants.ts'
import { Failed, NotSeen } from './check.ts'
import { CEILING, collectOrphans, endAll, family } from './containment.ts'
import { type Stat, threadsOf } from './processes.ts'

/** Between two looks, in ms: the first follow each other closely. */
const STEP = 15
/** So often the server must have been seen at rest. */
const LOOKS = 20

const restful = 'SZTXI'

export interface Patience {
  /** For how long a server that is at rest must have been so, in ms. */
  rest: number
  /** A server that never sleeps has had its chance after so much processor time, in seconds. */
  chance: number
  /** When the check as a whole gives up, by Date.now(). */
  deadline: number
  /** Bytes that have moved so far. */
  progress(): number
  /** The process that node:child_process collects. */
  own(): number
  /** Called with those that this process collected, and how they ended. */
  collected(ended: Map<number, string>): void
}

/**
 * Asks again and again until there is an answer.
 *
 * @param each looks at every process of the server, and throws where waiting is pointless
 * @returns undefined if the server has come to rest without one
 * @throws NotSeen neither has happened in the time that the check has
 * @throws Failed it has become a fork bomb
 */
export async function waitFor<T>(
  patience: Patience,
  ask: (all: Stat[]) => T | undefined | false,
  each: (all: Stat[]) => Promise<void> | void = () => {},
): Promise<T | undefined> {
  let start = ticksOf(family())
  let since = Date.now()
  let looks = 0
  let step = 0
  let progress = patience.progress()
  for (;;) {
    const all = family()
    patience.collected(collectOrphans(all, patience.own()))
    const answer = ask(all)
    if (answer !== undefined && answer !== false) return answer
    if (all.length > CEILING) await defuse(all, patience)
    await each(all)
    if (patience.progress() === progress && all.every(isAtRest)) looks++
    else {
      // Who moves bytes is at work, and may need all the processor for it.
      if (patience.progress() !== progress) start = ticksOf(all)
      progress = patience.progress()
      since = Date.now()
      looks = 0
    }
    if (looks >= LOOKS && Date.now() - since >= patience.rest) return undefined
    if (ticksOf(all) - start > patience.chance * CLK_TCK) return undefined
    if (Date.now() > patience.deadline) throw new NotSeen('the time of the check was over')
    await new Promise(resolve => setTimeout(resolve, step))
    step = Math.min(STEP, step + 1)
  }
}

const ticksOf = (all: readonly Stat[]) => all.reduce((sum, { ticks }) => sum + ticks, 0)

/** The processor time that all processes of the server have used so far, in seconds. */
export const processorTime = () => ticksOf(family()) / CLK_TCK

function isAtRest({ pid, state }: Stat): boolean {
  return restful.includes(state) && threadsOf(pid).every(thread => restful.includes(thread.state))
}

async function defuse(all: readonly Stat[], patience: Patience): Promise<never> {
  const count = all.length
  await endAll(patience.own())
  throw new Failed(`there were ${count} processes of the server, and it was ended as a fork bomb`)
}
