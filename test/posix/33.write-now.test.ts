import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/writeNow', [name, ...args])

test('a pipe takes whole lines until it is full, and is not made non-blocking', async () => {
  expect(await ask('pipe')).toEqual({
    full: true,
    code: 'EAGAIN',
    after: { count: 1, code: 'EAGAIN' },
    gone: 'EPIPE',
    changed: false,
  })
})

test('a socket likewise', async () => {
  expect(await ask('socket')).toEqual({ full: true, code: 'EAGAIN', gone: 'EPIPE', changed: false })
})

test('a file, and a disk that is full', async () => {
  const path = join(temporaryFolder(), 'file')
  expect(await ask('file', path)).toBe(4096)
  expect(statSync(path).size).toBe(4096)
  expect(await ask('fullDisk')).toBe('ENOSPC')
})

test('it does not wait either where another process takes the room that it saw', async () => {
  expect(await ask('race')).toBe('never waited')
})
