// The steps that a cursor can take: a system call, when it has come back; a signal; the birth of a
// process; its collection.
import type { Timeline } from '../timeline.ts'

export interface Step {
  at: number
  lane: number
  text: string
}

const said = {
  handled: 'its handler begins',
  deadly: 'ends it',
  sent: '',
} as const

export function stepsOf({ calls, signals, births }: Timeline): Step[] {
  return [
    ...calls.map(({ to, lane, text }) => ({ at: to, lane, text })),
    ...signals
      .filter(({ kind }) => kind !== 'sent')
      .map(({ at, lane, signal, kind }) => ({ at, lane, text: `${signal}: ${said[kind]}` })),
    ...births.map(({ at, child }) => ({ at, lane: child, text: 'is born' })),
  ].sort((a, b) => a.at - b.at)
}

/** The index of the last step that has been taken at a time; -1: none. */
export function lastStep(steps: readonly Step[], at: number): number {
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle] as Step).at <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}
