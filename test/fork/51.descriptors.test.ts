import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'

test.each([0, 1])('%s descriptors left: the other threads cannot be seen, no fork', async count => {
  expect(await askFixture('fork/descriptors', ['few', count])).toEqual({
    name: 'Error',
    code: 'EMFILE',
  })
})

test('two left are enough', async () => {
  const status = { kind: 'exited', code: 6 }
  expect(await askFixture('fork/descriptors', ['few', 2])).toEqual({ status })
})
