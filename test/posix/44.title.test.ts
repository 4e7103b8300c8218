import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'
import { until } from '../support/until.ts'

const start = (name: string, ...args: string[]) => startFixture('posix/title', [name, ...args])
const commandLine = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')
const title = (pid: number) => commandLine(pid).replace(/\0+$/, '')

test('what ps shows: a shorter title leaves nothing of the longer one before', async () => {
  const titles = ['a title', 'short']
  const fixture = start('titles', ...titles)
  for (const text of titles) {
    await fixture.line(/^set$/)
    expect(title(fixture.pid)).toBe(text)
    fixture.tell('next')
  }
  await fixture.line(/^set$/)
  expect(title(fixture.pid)).toContain('titles\0a title\0short')
})

test('a title that is too long is cut, and spoils neither arguments nor environment', async () => {
  const long = 'long '.repeat(1000)
  const fixture = start('titles', 'x', long)
  await fixture.line(/^set$/)
  const { length } = commandLine(fixture.pid)
  fixture.tell('next')
  await fixture.line(/^set$/)
  expect(title(fixture.pid)).toBe(long.slice(0, length - 1))
  expect(readFileSync(`/proc/${fixture.pid}/environ`, 'utf8')).toMatch(/^[A-Za-z_]\w*=/)
})

test('a child has its own', async () => {
  const fixture = start('child')
  const before = commandLine(fixture.pid)
  await until(() => fixture.stdout.all.length === 2)
  const child = fixture.stdout.all.find(line => line !== 'set')
  expect(title(Number(child))).toBe('a child')
  expect(commandLine(fixture.pid)).toBe(before)
  fixture.tell('done')
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
})
