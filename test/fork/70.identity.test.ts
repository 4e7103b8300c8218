import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { startServer } from '../support/server.ts'

const ask = (name: string) => askFixture('fork/tail/identity', [name])

/** Every way of asking gives the same answer. */
const all = (pid: number) => ({
  getpid: pid,
  pid,
  imported: pid,
  importedLater: pid,
  default: pid,
  required: pid,
  warning: pid,
})

test('process.pid: the child itself, imported, required, before or after; the parent stays', async () => {
  const { child, answer, before, after } = await ask('child')
  expect(answer).toEqual(all(child))
  expect(before).toEqual(all(before.getpid))
  expect(after).toEqual(before)
  expect(child).not.toBe(before.getpid)
})

test('in a child of a child', async () => {
  const { child, grandchild, answer, child: between } = await ask('grandchild')
  expect(answer).toEqual(all(grandchild))
  expect(between).toEqual(all(between.getpid))
  expect(new Set([child.getpid, grandchild]).size).toBe(2)
})

test.each([
  ['nobody', true],
  ['child', true],
  ['childThatForks', [true, true]],
  ['parentBetween', [true, true, true, true]],
])('whoever imports it, and whenever: %s', async (who, right) => {
  expect(await askFixture('fork/tail/importers', [who])).toEqual(right)
})

test('process.ppid is the parent, at each depth', async () => {
  const { me, child, answer, importedPpid } = await ask('parents')
  expect(answer).toEqual([
    [me, me],
    [child, child],
  ])
  expect(importedPpid).toBe(process.pid)
})

test('what the child sends to process.pid reaches the child alone', async () => {
  expect(await ask('signals')).toEqual({ answer: 1, caught: 0 })
})

test.each([
  ['synchronous', 3],
  ['asynchronous', 4],
])('in a %s server process', async (how, count) => {
  const file = new URL('../fixtures/fork/tail/who.mjs', import.meta.url).pathname
  const server = await startServer(file)
  const pids = new Set<number>()
  for (let turn = 0; turn < 3; turn++) {
    const seen = JSON.parse(await (await server.client()).ask(how))
    expect(seen).toEqual(Array(count).fill(seen[0]))
    pids.add(seen[0])
  }
  expect(pids.size).toBe(3)
  expect(pids.has(server.daemon)).toBe(false)
})

test('process.pid is still a property that is listed and can be redefined', async () => {
  expect(await ask('property')).toEqual({
    enumerable: true,
    configurable: true,
    keys: true,
    is: true,
  })
})
