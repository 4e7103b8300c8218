import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { runCommand, startServer } from '../support/server.ts'

const setting = readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8')
const areOff = setting.includes('[never]')

// prctl(PR_SET_THP_DISABLE), which lasts over exec.
const withoutLargePages = [
  'python3',
  '-c',
  'import ctypes, os, sys; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])',
]

/** MB of a process that lie on whole large pages, as the kernel has it. */
function largePages(pid: number): number {
  const sum = /^AnonHugePages: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  return Number(sum![1]) / 1024
}

test.skipIf(areOff)("node's code lies on large pages, which server processes share", async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  expect(largePages(server.daemon)).toBeGreaterThan(10)
  // Not the same number: a page of data is no whole one any more once one of them writes to it.
  expect(largePages(client.server)).toBeGreaterThan(10)
  expect(await client.ask('hello')).toBe('hello')
  const { code, out } = await runCommand(['check'])
  expect(code).toBe(0)
  expect(out[1]).toMatch(/^large pages: [1-9]\d* MB of code, [1-9]\d* MB of the heap$/)
})

test.skipIf(areOff)('so does the code of libraries, beside each other', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  for (const pid of [server.daemon, client.server]) {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    // What is left of the file: the tables of the C library, no code.
    expect(maps).toMatch(/ r--p .*\/libc\b/)
    expect(maps).not.toMatch(/ r-xp .*\/libc\b/)
  }
  expect(await client.ask('hello')).toBe('hello')
})

test.skipIf(areOff)('the model prefork has them, too', async () => {
  const server = await startServer('talk.mjs', ['--model', 'prefork'])
  expect(largePages((await server.served()).server)).toBeGreaterThan(10)
})

test.skipIf(areOff)(
  'what was written to is gathered, while no more than two copies are in use',
  async () => {
    const { before, large, ...told } = await askFixture('server/gathering')
    expect(before).toBeGreaterThan(0)
    expect(told).toEqual({
      few: false,
      enough: true,
      after: 0,
      whileOneIsOlder: false,
      whenItHasEnded: true,
      again: 0,
      soonAgain: false,
    })
    // Too large a heap for the pause that it would be.
    expect(large).toBeGreaterThan(0)
  },
)

test.skipIf(areOff)('what is only reserved does not become memory', async () => {
  const server = await startServer('talk.mjs')
  const [, kB] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.daemon}/status`, 'utf8'))!
  expect(Number(kB)).toBeLessThan(200 * 1024)
})

test('where the system gives none, a server works without, and check says so', async () => {
  const server = await startServer('talk.mjs', [], { under: withoutLargePages })
  const client = await server.served()
  expect(largePages(server.daemon)).toBe(0)
  expect(await client.ask('hello')).toBe('hello')
  const { code, out } = await runCommand(['check'], { under: withoutLargePages })
  expect(code).toBe(0)
  expect(out[1]).toMatch(/^large pages: none: /)
})
