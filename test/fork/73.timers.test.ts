import { describe, expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'

/** Runs a fixture to its end, on which nobody has had anything to complain of. */
async function ask(...args: string[]) {
  const fixture = startFixture('fork/tail/timers', args)
  const ending = await fixture.ended()
  expect([ending, fixture.stderr.all]).toEqual([{ code: 0, signal: null }, []])
  return JSON.parse(fixture.stdout.all.at(-1)!)
}

const durations = [1, 2, 3, 5, 8, 13, 21, 34]
const single = [
  ...durations.flatMap(ms => [`timeout ${ms}`, `unref ${ms}`, `promise ${ms}`]),
  ...['immediate 1', 'immediate 2', 'immediate 3', 'promised immediate', 'scheduler', 'abort'],
]

/** Each has fired once, and the intervals more often. */
function expectAll({ interval, 'unref interval': unref, ...others }: Record<string, number>) {
  expect(others).toEqual(Object.fromEntries(single.map(name => [name, 1])))
  expect(Math.min(interval!, unref!)).toBeGreaterThan(1)
}

describe("the parent's fire once, none of them in the child, and the child's when it is time", () => {
  test.each([
    'main',
    'timeout',
    'interval',
    'immediate',
    'file',
    'socket',
    'tick',
    'microtask',
    'afterTimeout',
    'afterImmediate',
  ])('forked in: %s', async place => {
    const { status, answer, parent } = await ask('beside', place)
    expect(status).toBe('exited 0')
    expect(answer.heard).toEqual([])
    expect(answer.early).toEqual([])
    expectAll(answer.own)
    expectAll(parent)
  })
})

test('a child ends however many timers its parent waits for; so does its own child', async () => {
  expect(await ask('ending')).toEqual(['ended', 'ended'])
})

test('refresh() in the child starts a timer of the parent, and keeps the child if it was to', async () => {
  const { refs, child, parent } = await ask('refresh')
  expect(refs).toEqual([true, true, false, true])
  expect(child.kept).toEqual(refs)
  const count = (name: string) => child.fired.filter((fired: string) => fired === name).length
  expect(['timeout', 'second timeout', 'unref'].map(count)).toEqual([1, 1, 1])
  expect(count('interval')).toBeGreaterThan(1)
  expect(parent).toEqual(['interval', 'second timeout', 'timeout', 'unref'])
})

test('microtasks and nextTicks that are queued at the fork run in both: this is documented', async () => {
  const both = ['microtask', 'tick']
  expect(await ask('queued')).toEqual({ child: both, parent: both })
})
