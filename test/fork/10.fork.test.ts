import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { stat } from '../support/proc.ts'

const start = (name: string, ...args: string[]) => startFixture('fork/fork', [name, ...args])

test('fork returns twice: 0 in the child, its process id in the parent', async () => {
  const fixture = start('returns')
  const child = await fixture.json()
  expect(child).toEqual({ returned: 0, pid: expect.any(Number), parent: fixture.pid })
  expect(stat(child.pid).parent).toBe(fixture.pid)
  fixture.tell('go on')
  const parent = await fixture.json()
  expect(parent).toEqual({ returned: child.pid, pid: fixture.pid, parent: process.pid })
})

test('variables are copied', async () => {
  const fixture = start('variables')
  expect(await fixture.json()).toEqual({ number: 2, list: ['both', 'child'] })
  expect(await fixture.json()).toEqual({ number: 2, list: ['both', 'parent'] })
})

test('descriptors are shared, and their position', async () => {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, 'abcdef')
  expect(await askFixture('fork/fork', ['descriptors', path])).toEqual(['ab', 0, 'ef'])
})

test('process.pid is right in the child, imported too, and kills nobody else', async () => {
  const fixture = startFixture('fork/identity')
  const [pid, ...seen] = await fixture.json()
  expect(seen).toEqual([pid, pid, pid, fixture.pid])
  const { child, status, before, after } = await fixture.json()
  expect(child).toBe(pid)
  expect(status).toMatchObject({ kind: 'signaled', signal: 'SIGKILL' })
  expect(before).toEqual([fixture.pid, fixture.pid])
  expect(after).toEqual([fixture.pid, fixture.pid, fixture.pid])
})

test('both event loops go on: timers, files, children, sockets', async () => {
  const fixture = start('eventLoops', temporaryFolder())
  const notes = (who: string) => ['timer', 'immediate', who, `from ${who}`, 'over a socket']
  const lines = [await fixture.json(), await fixture.json()]
  expect(lines.find(Array.isArray)).toEqual(notes('child'))
  expect(lines.find(line => !Array.isArray(line))).toEqual({
    notes: notes('parent'),
    status: { kind: 'exited', code: 0 },
  })
})

test('a child of a child', async () => {
  expect(await askFixture('fork/fork', ['grandchild'])).toEqual([{ kind: 'exited', code: 6 }])
  expect(await askFixture('fork/fork', ['deep', 8])).toEqual({ kind: 'exited', code: 7 })
})
