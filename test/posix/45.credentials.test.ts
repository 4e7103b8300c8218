import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { idsOf, isRoot, status, withoutRights } from '../support/proc.ts'

const ask = (name: string, ...args: (string | number)[]) =>
  askFixture('posix/credentials', [name, ...args])
const start = (name: string, ...args: (string | number)[]) =>
  startFixture('posix/credentials', [name, ...args])

const same = (id: number) => ({ real: id, effective: id, saved: id })

test('the ids of the process', async () => {
  const { uid, gid, groups } = await ask('ids')
  expect([uid, gid]).toEqual([same(process.geteuid!()), same(process.getegid!())])
  expect(new Set(groups)).toEqual(new Set(idsOf(process.pid).groups))
})

test('users and groups, as the databases have them', async () => {
  const [entry] = readFileSync('/etc/passwd', 'utf8').split('\n')
  const [name, , uid, gid, , home, shell] = entry!.split(':') as string[]
  const [group, , id] = readFileSync('/etc/group', 'utf8').split('\n')[1]!.split(':') as string[]
  const user = { name, uid: Number(uid), gid: Number(gid), home, shell }
  const found = await ask('users', name!, uid!, group!)
  expect(found).toMatchObject({ user, sameUser: user, group: { name: group, gid: Number(id) } })
  expect(found.nobody).toEqual([true, true, true])
  const groups = execFileSync('id', ['-G', name!], { encoding: 'utf8' }).trim().split(' ')
  const others = groups.map(Number).filter(other => other !== Number(gid))
  expect(new Set(found.groups)).toEqual(new Set([12345, ...others]))
})

test.runIf(isRoot)('another user, in every thread, without a way back', async () => {
  const fixture = start('change', 4242, 4243, 4243, 4244)
  expect(await fixture.json()).toEqual({
    uid: same(4242),
    gid: same(4243),
    groups: [4243, 4244],
    back: ['EPERM', 'EPERM', 'EPERM', 'EPERM'],
  })
  const threads = readdirSync(`/proc/${fixture.pid}/task`).map(Number)
  expect(threads.length).toBeGreaterThan(1)
  for (const thread of threads) {
    expect(idsOf(thread)).toEqual({
      uid: [4242, 4242, 4242, 4242],
      gid: [4243, 4243, 4243, 4243],
      groups: [4243, 4244],
    })
  }
})

test.runIf(isRoot)('fork looks at the threads of a process that was root, too', async () => {
  expect(await ask('fork', 4242)).toEqual({ kind: 'exited', code: 7 })
})

test('without the right: EPERM', async () => {
  const changed = askFixture('posix/credentials', ['change', 4242, 4243, 4243], {
    under: withoutRights,
  })
  await expect(changed).rejects.toThrow('EPERM')
})

test('no new privileges', async () => {
  const fixture = start('privileges')
  expect(await fixture.json()).toEqual({ result: true })
  expect(status(fixture.pid, 'NoNewPrivs')).toBe('1')
})

test.runIf(isRoot)('chroot: / is the directory, and there is nothing above', async () => {
  expect(await ask('chroot', temporaryFolder())).toEqual({
    missing: expect.objectContaining({ code: 'ENOENT', syscall: 'chroot' }),
    names: ['file'],
    above: ['file'],
  })
})
