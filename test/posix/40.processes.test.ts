import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { niceOf, stat } from '../support/proc.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/processes', [name, ...args])
const start = (name: string, ...args: string[]) => startFixture('posix/processes', [name, ...args])

test('getpid and getppid', async () => {
  const fixture = start('ids')
  expect(await fixture.json()).toEqual({ pid: fixture.pid, parent: process.pid })
})

test('setsid: the child leads a session and a group; a leader of a group gets EPERM', async () => {
  const fixture = start('setsid')
  const { child, session, leader } = await fixture.json()
  expect([session, leader]).toEqual([child, 'EPERM'])
  expect(stat(child)).toMatchObject({ session: child, group: child })
  fixture.tell('done')
  expect((await fixture.ended()).code).toBe(0)
})

test('setpgid makes a group, and kill reaches it by the negative number', async () => {
  const fixture = start('setpgid')
  const { child } = await fixture.json()
  expect(stat(child).group).toBe(child)
  expect(stat(child).session).toBe(stat(fixture.pid).session)
  fixture.tell('kill')
  expect(await fixture.json()).toMatchObject({ kind: 'signaled', signal: 'SIGTERM' })
})

test('umask returns the old mask, and files get what it leaves', async () => {
  const folder = temporaryFolder()
  expect(await ask('umask', folder)).toEqual([false, true, 0o077])
  expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o666 & ~0o027)
})

test('chdir, absolute and relative, for the kernel and for process.cwd()', async () => {
  const folder = realpathSync(temporaryFolder())
  const fixture = start('chdir', folder)
  expect(await fixture.json()).toEqual([folder, join(folder, 'inner'), 'found'])
  expect(readlinkSync(`/proc/${fixture.pid}/cwd`)).toBe(join(folder, 'inner'))
})

test('alarm: SIGALRM ends the process; the seconds left of the last one', async () => {
  expect(await ask('alarm')).toEqual({
    first: 0,
    left: 100,
    none: 0,
    status: { kind: 'signaled', signal: 'SIGALRM', coreDumped: false },
  })
})

test('alarm: a handler for SIGALRM interrupts a wait', async () => {
  expect(await ask('alarmCaught')).toEqual({ rung: 1, code: 'EINTR' })
})

test('kill: 0 asks, a number or name sends, and ESRCH once the child is collected', async () => {
  expect(await ask('kill')).toEqual({ status: { kind: 'exited', code: 9 }, gone: 'ESRCH' })
})

test('limits hold, for the kernel and for a child', async () => {
  const fixture = start('limits')
  const { files, ...found } = await fixture.json()
  expect(files.soft).toBe(100)
  expect(found).toEqual({
    cores: { soft: 0, hard: 0 },
    unlimited: true,
    code: 'EMFILE',
    highest: 99,
    inherited: 100,
    above: 'setrlimit core: Invalid argument (EINVAL)',
  })
  const table = readFileSync(`/proc/${fixture.pid}/limits`, 'utf8')
  expect(table).toMatch(/^Max open files\s+100\s/m)
  expect(table).toMatch(/^Max core file size\s+0\s+0\s/m)
})

test('nice values, for the kernel and for a child', async () => {
  const fixture = start('priorities')
  const { before, ...found } = await fixture.json()
  const after = before + 3
  expect(found).toEqual({
    after,
    inherited: after,
    nobody: 'ESRCH',
    wrong: 'EINVAL',
    unset: 'ESRCH',
  })
  expect(niceOf(fixture.pid)).toBe(after)
})

test('every constant has a number, and those that Node knows, too, have the same one', async () => {
  const { missing, numbers, back, same, unnamed } = await ask('constants')
  expect(missing).toEqual([])
  expect(Object.keys(numbers).length).toBeGreaterThan(120)
  const known = { ...constants.errno, ...constants.signals } as Record<string, number>
  const shared = Object.keys(numbers).filter(name => name in known)
  expect(shared.length).toBeGreaterThan(40)
  for (const name of shared) expect([name, numbers[name]]).toEqual([name, known[name]])
  expect([back, same, unnamed]).toEqual(['SIGTERM', true, 'SIG63'])
})
