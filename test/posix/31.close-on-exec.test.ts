import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors, isCloseOnExec } from '../support/proc.ts'

/** True for a descriptor above 2 that whoever started the tests has left open for all of us. */
function isFromOutside(fd: number) {
  return fd > 2 && descriptors(process.pid).has(fd) && !isCloseOnExec(process.pid, fd)
}

test('every descriptor is close-on-exec, and a program started by execve has none of them', async () => {
  const fixture = startFixture('posix/descriptors', ['origins', join(temporaryFolder(), 'file')])
  const made: Record<string, number[]> = await fixture.json()
  const open = descriptors(fixture.pid)
  for (const [origin, fds] of Object.entries(made)) {
    for (const fd of fds) {
      expect([origin, open.has(fd), isCloseOnExec(fixture.pid, fd)]).toEqual([origin, true, true])
    }
  }
  // What nobody here made, the wake pipe and Node's own, does not leak either.
  const leaked = [...open.keys()].filter(
    fd => fd > 2 && !isFromOutside(fd) && !isCloseOnExec(fixture.pid, fd),
  )
  expect(leaked).toEqual([])

  fixture.tell('execve')
  expect((await fixture.ended()).code).toBe(0)
  // ls has the three standard ones and the directory that it lists.
  const found = fixture.stdout.all.slice(1).map(Number)
  expect(found.filter(fd => !isFromOutside(fd))).toEqual([0, 1, 2, 3])
})

test('a descriptor put onto 1 by dup2 is what another program writes to', async () => {
  expect(await askFixture('posix/descriptors', ['ontoStandard'])).toEqual([
    'from another program\n',
    { kind: 'exited', code: 0 },
  ])
})
