import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'

const ask = (name: string) => askFixture('fork/tail/hooks', [name])

test('before: the last registered first; after: in the order of registration', async () => {
  expect(await ask('order')).toEqual({
    child: ['before 2', 'before 1', 'child 1', 'child 2'],
    parent: ['before 2', 'before 1', 'parent 1', 'parent 2'],
  })
})

test('a hook that throws before prevents the fork', async () => {
  expect(await ask('throwing')).toEqual({
    thrown: expect.objectContaining({ message: 'not now' }),
    notes: [],
    none: 'ECHILD',
  })
})

test('one that throws in the child: fork throws there', async () => {
  expect(await ask('throwingInChild')).toEqual({ kind: 'exited', code: 9 })
})

test('a fork that fails: the parent is told', async () => {
  expect(await ask('failing')).toEqual({
    thrown: expect.objectContaining({ code: 'ERR_FORK_UNSAFE' }),
    notes: ['before 1', 'parent 1'],
  })
})

test('they are inherited', async () => {
  expect(await ask('grandchild')).toEqual({
    grandchild: ['before 1', 'child 1'],
    child: ['before 1', 'parent 1'],
  })
})

test('only functions can be registered', async () => {
  const refused = { name: 'TypeError', message: 'hook: expected a function' }
  expect(await ask('noFunction')).toMatchObject([refused, refused])
})
