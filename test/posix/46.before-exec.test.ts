import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { limit } from '../support/proc.ts'

const ask = (name: string, ...args: (string | number)[]) =>
  askFixture('posix/beforeExec', [name, ...args])

test('descriptors from some number on are closed by execve', async () => {
  expect(await ask('closeOnExec')).toEqual([
    [200, true],
    [210, false],
  ])
})

test('a traced program stops before its first instruction', async () => {
  expect(await ask('tracedProgram', '/bin/sh')).toEqual(['SIGTRAP', 'SIGKILL'])
})

test('a traced program that does not exist', async () => {
  expect(await ask('tracedProgram', '/nowhere')).toEqual({ kind: 'exited', code: 127 })
})

test('the limit of another process', async () => {
  const [soft, hard] = limit(process.pid, 'open files').map(Number)
  expect(await ask('limitOfParent')).toEqual([{ soft, hard }, 'ESRCH'])
})

test('who is at the other end', async () => {
  const [peer, code] = await ask('peer')
  expect(peer).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.() })
  expect(peer.pid).toBeGreaterThan(1)
  expect(code).toBe('ENOTSOCK')
})
