import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'

test('a wrong argument of any call is a TypeError that names it, and never a crash', async () => {
  const { tried, mistakes } = await askFixture('posix/arguments', ['refusals'])
  expect(mistakes).toEqual([])
  expect(tried).toBeGreaterThan(600)
})

test('the message tells what was expected and what came', async () => {
  expect(await askFixture('posix/arguments', ['message'])).toBe(
    "backlog: expected a whole number, got 'many'",
  )
})
