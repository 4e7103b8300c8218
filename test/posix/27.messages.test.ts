import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'

const ask = (name: string) => askFixture('posix/messages', [name])

test('a descriptor goes to another process, which has the same open file', async () => {
  expect(await ask('child')).toEqual({
    same: true,
    closeOnExec: [true, true],
    truncated: false,
    status: { kind: 'exited', code: '*'.charCodeAt(0) },
  })
})

test('messages have boundaries, and what does not fit is cut and said to be', async () => {
  expect(await ask('boundaries')).toEqual([
    ['one', 3, [], false],
    ['two', 3, [], false],
    ['xxx', 100, [], true],
    ['', 0, [], false],
  ])
})

test('253 descriptors at once, and no more', async () => {
  expect(await ask('most')).toEqual([253, 'EINVAL'])
})

test('with one descriptor left, one of two arrives', async () => {
  expect(await ask('none')).toEqual({ length: 1, descriptors: 1, truncated: true })
})

test('errors have their codes', async () => {
  expect(await ask('errors')).toEqual({
    empty: 'EAGAIN',
    bad: 'EBADF',
    full: 'EAGAIN',
    gone: ['EPIPE', 'sendmsg'],
    wrong: ['TypeError', expect.stringContaining('data: expected')],
  })
})

test('it waits where there is no room, and handles signals meanwhile', async () => {
  const fixture = startFixture('posix/messages', ['waits'])
  await fixture.line(/^caught$/)
  expect(await fixture.json()).toEqual({ kind: 'exited', code: 0 })
})
