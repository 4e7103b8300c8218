import { expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'
import { childrenOf, descriptors } from '../support/proc.ts'

const DEADLINE = 25_000

async function lineOf(name: string, count: number) {
  const fixture = startFixture('fork/fork', [name, count])
  return JSON.parse((await fixture.line(/.+/, { deadline: DEADLINE }))[0])
}

test('300 forks with garbage in parent and child: all end, nothing leaks', async () => {
  const fixture = startFixture('fork/fork', ['many', 300])
  await fixture.json()
  const before = descriptors(fixture.pid)
  fixture.tell('go')
  const codes = JSON.parse((await fixture.line(/.+/, { deadline: DEADLINE }))[0])
  expect(codes).toEqual({ 'exited 0': 300 })
  expect(descriptors(fixture.pid)).toEqual(before)
  expect(childrenOf(fixture.pid)).toEqual([])
})

test('100 children that come to their natural end', async () => {
  expect(await lineOf('manyNatural', 100)).toEqual({ 'exited 0': 100 })
})

test('100 children, ten at a time, that read a file asynchronously', async () => {
  expect(await lineOf('manyAsync', 100)).toEqual({ 'exited 0': 100 })
})
