import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'

const ask = (name: string) => askFixture('posix/memory', [name])

test('shared memory: what the child writes, the parent reads', async () => {
  expect(await ask('shared')).toEqual({ shared: [7, 0], copied: 0 })
})

test('its size is what was asked for; too much is an error', async () => {
  expect(await ask('limits')).toMatchObject({
    bytes: 5000,
    none: 'bytes: expected 1 or more, got 0',
    tooMuch: { code: 'ENOMEM', syscall: 'mmap' },
  })
})

test('getentropy fills at most 256 bytes', async () => {
  const { distinct, status, tooLong } = await ask('entropy')
  expect(distinct).toBeGreaterThan(100) // of 256 random bytes, 162 on average
  expect(status.kind).toBe('exited')
  expect(tooLong).toMatchObject({ code: 'EIO', syscall: 'getentropy' })
})
