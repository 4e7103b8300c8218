import { describe, expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { startServer } from '../support/server.ts'

const ask = (name: string, ...args: number[]) => askFixture('fork/tail/randomness', [name, ...args])

/** No number was drawn twice, of whatever kind. */
const none = (repeated: Record<string, number>) =>
  Object.fromEntries(Object.keys(repeated).map(kind => [kind, 0]))

describe('no two processes draw the same number', () => {
  test.each([
    ['untouched', 40],
    ['drawnBefore', 40],
    ['drawnBetween', 200],
    ['dear', 5],
    ['later', 0],
    ['grandchildren', 0],
  ])('%s', async (when, count) => {
    const repeated = await ask(when, count)
    expect(repeated).toEqual(none(repeated))
  })

  test.each(['children', 'grandchildren'])('node:crypto first loaded in %s', async who => {
    const draws = (await askFixture('fork/tail/randomness-later', [who])).flat()
    expect(draws.length).toBeGreaterThan(0)
    expect(new Set(draws).size).toBe(draws.length)
  })

  test.each(['synchronous', 'asynchronous'])('%s server processes', async how => {
    const server = await startServer(
      new URL('../fixtures/fork/tail/draw.mjs', import.meta.url).pathname,
    )
    const draws = []
    for (let turn = 0; turn < 5; turn++) {
      draws.push(...JSON.parse(await (await server.client()).ask(how)))
    }
    expect(new Set(draws).size).toBe(20)
  })
})

test("functions of somebody else's in the place of Node's are left alone", async () => {
  expect(await askFixture('fork/tail/randomness-later', ['replaced'])).toEqual([
    ['uuid', 4],
    ['uuid', 4],
  ])
})

// Six standard deviations: by chance it fails once in ten million runs.
test('the numbers of a child are evenly distributed, down to the last bit', async () => {
  const { count, least, most, isInRange, mean, bits } = await ask('distribution')
  const deviations = 6 / Math.sqrt(count)
  expect(isInRange).toBe(true)
  expect(least).toBeLessThan(0.01)
  expect(most).toBeGreaterThan(0.99)
  expect(Math.abs(mean - 0.5)).toBeLessThan(deviations / Math.sqrt(12))
  expect(bits).toHaveLength(53)
  for (const share of bits) expect(Math.abs(share - 0.5)).toBeLessThan(deviations / 2)
})

test('randomInt of a child: its range, and the errors of Node', async () => {
  const counts: number[] = await ask('ints')
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(833))
  const [before, inChild] = await ask('arguments')
  expect(inChild).toEqual(before)
  expect(before.filter((error: unknown) => error !== null).length).toBeGreaterThan(6)
})
