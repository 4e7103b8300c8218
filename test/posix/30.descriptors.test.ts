import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { untilAsleep } from '../support/proc.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/descriptors', [name, ...args])

test('open makes, appends, cuts, and refuses; read and write count bytes', async () => {
  const path = join(temporaryFolder(), 'file')
  expect(await ask('files', path)).toEqual({
    lengths: [6, 2],
    appended: 'grün\nABC',
    truncated: '',
    twice: 'EEXIST',
    closed: 'EBADF',
  })
  expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask())
})

test('read fills a view of a buffer, and no more', async () => {
  expect(await ask('intoView')).toEqual([3, '..abc...', 3, 'defbc...'])
})

test('pipe: what goes in comes out, and then the end', async () => {
  expect(await ask('pipe')).toEqual(['through', 0])
})

test('the end of a file is 0, and so is a write of nothing', async () => {
  expect(await ask('nothingToRead')).toBe(0)
  expect(await ask('emptyWrite')).toBe(0)
})

test('dup2: another name for the same, also in place of what was open', async () => {
  expect(await ask('dup2')).toEqual({ copy: 77, text: 'by another name', same: 77 })
})

test('fcntl: O_NONBLOCK, close-on-exec, copies', async () => {
  expect(await ask('fcntl')).toEqual({
    blocking: 0,
    nonBlocking: true,
    full: 'EAGAIN',
    closeOnExec: [true, 0],
    copy: 200,
  })
})

test('poll tells who is ready, and for what', async () => {
  const { empty, full, hungUp, flags } = await ask('poll')
  expect(empty).toEqual([1, 0, flags.POLLOUT])
  expect(full).toEqual([2, flags.POLLIN, flags.POLLOUT])
  expect(hungUp).toEqual([2, flags.POLLHUP, flags.POLLNVAL])
})

test('poll and ppoll give 0 when the time is up, not before', async () => {
  const { ready, nothing, ms } = await ask('timeout')
  expect([ready, nothing]).toEqual([0, 0])
  expect(ms).toBeGreaterThanOrEqual(99)
})

test('read waits until there is something', async () => {
  const fixture = startFixture('posix/descriptors', ['readWaits'])
  await fixture.line(/reading/)
  await untilAsleep(fixture.pid)
  fixture.tell('late')
  expect(await fixture.json()).toBe('late\n')
})

test('write reaches standard output and standard error', async () => {
  const fixture = startFixture('posix/descriptors', ['standardOutput'])
  expect((await fixture.ended()).code).toBe(0)
  expect([fixture.stdout.all, fixture.stderr.all]).toEqual([['out'], ['err']])
})
