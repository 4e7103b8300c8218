import { expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'

test('the Date header of a child is not that of its parent for ever', async () => {
  const fixture = startFixture('fork/httpDate', ['later'])
  const { now, child } = await fixture.json()
  expect(Date.parse(child)).toBeGreaterThanOrEqual(Date.parse(now))
})
