import { describe, expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'

/** Runs a fixture to its end, on which nobody has had anything to complain of. */
async function ask(...args: string[]) {
  const fixture = startFixture('fork/tail/keep-alive', args)
  const ending = await fixture.ended()
  expect([ending, fixture.stderr.all]).toEqual([{ code: 0, signal: null }, []])
  return JSON.parse(fixture.stdout.all.at(-1)!)
}

const allRight = { parent: 30, child: { status: 'exited 0', answer: 30 } }
const kinds = [
  'agent',
  'globalAgent',
  'oneSocket',
  'twoInAll',
  'fifo',
  'https',
  'httpsOneSocket',
  'fetch',
]

describe('30 of 30 answers are right, in parent and child at once', () => {
  test.each(kinds)('%s: connections that are idle at the fork', async kind => {
    expect(await ask('idle', kind)).toEqual([allRight, allRight])
  })

  test.each(kinds)('%s: while others are on their way', async kind => {
    expect(await ask('busy', kind)).toEqual({ ...allRight, right: 4 })
  })

  test('fetch: while half of an answer has come', async () => {
    expect(await ask('half')).toEqual({ ...allRight, body: '/half/half' })
  })
})
