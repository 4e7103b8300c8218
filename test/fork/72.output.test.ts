import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FixtureOptions, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer } from '../support/server.ts'

/** Runs a case to its end: what it wrote, and how the child ended. */
async function run(name: string, args: string[], options: FixtureOptions = {}) {
  const file = join(temporaryFolder(), 'status')
  const fixture = startFixture('fork/tail/output', [name, ...args, file], options)
  if (options.unread) fixture.readStdout()
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  const { stdout, stderr } = fixture
  return { status: readFileSync(file, 'utf8'), out: stdout.all, err: stderr.all }
}

const isMuch = (line: string) => line === 'x'.repeat(1_000_000)

describe('1 MB into a pipe arrives whole and once, although the child ends right after it', () => {
  test.each([
    ['console.log', 'returns', 0],
    ['console.log', 'exits', 7],
    ['stdout.write', 'ends later', 0],
    ['stdout.write', 'exits in a listener', 8],
    ['corked and ended', 'has an exitCode', 7],
  ])('%s; the child %s', async (how, end, code) => {
    const { status, out, err } = await run('much', [how, end])
    expect(status).toBe(`exited ${code}`)
    expect([out.map(isMuch), err]).toEqual([[true], []])
  })

  test.each([
    ['console.error', 'exits', 7],
    ['stderr.write', 'returns', 0],
  ])('%s; the child %s', async (how, end, code) => {
    const { status, out, err } = await run('much', [how, end])
    expect(status).toBe(`exited ${code}`)
    expect([out, err.map(isMuch)]).toEqual([[], [true]])
  })

  test.each([
    ['console.log', 'throws'],
    ['stdout.write', 'rejects'],
  ])('%s; the child %s', async (how, end) => {
    const { status, out, err } = await run('much', [how, end])
    expect(status).toBe('exited 1')
    expect(out.map(isMuch)).toEqual([true])
    expect(err.filter(line => line.includes('RangeError: of the child'))).toHaveLength(1)
  })

  test('the message of an uncaught exception, however long', async () => {
    const { status, err } = await run('much', ['nothing', 'throws much'])
    expect(status).toBe('exited 1')
    expect(err[0]).toBe(`Uncaught RangeError: ${'x'.repeat(1_000_000)}`)
    expect(err.at(-1)).toBe(`Node.js ${process.version}`)
  })

  test('many writes', async () => {
    const { status, out } = await run('much', ['many console.log', 'exits'])
    expect(status).toBe('exited 7')
    expect(out).toEqual(Array(100).fill('x'.repeat(10_000)))
  })

  test.each(['early stdout.write', 'early stderr.write'])(
    '%s, to a stream that was there before truefork',
    async how => {
      const { out, err } = await run('much', [how, 'exits'])
      const isError = how.includes('stderr')
      expect(out[0]).toBe('early')
      expect(out.slice(1).map(isMuch)).toEqual(isError ? [] : [true])
      expect(err.map(isMuch)).toEqual(isError ? [true] : [])
    },
  )
})

test('callbacks come, all and in order', async () => {
  const { status, out } = await run('callbacks', [])
  expect(status).toBe('exited 0')
  const parts = out.slice(0, -1).map(line => Number(line.split(' ')[0]))
  expect(parts).toEqual([...Array(100).keys()])
  expect(JSON.parse(out.at(-1)!)).toEqual({ called: 100, inOrder: true, waits: 0 })
})

test.each(['parent', 'parentAfterStream', 'child'])(
  'write(1, …) waits for a slow reader, as it did before the fork: %s',
  async who => {
    const { status, out } = await run('descriptor', [who])
    expect(status).toBe('exited 0')
    const lines = who === 'parentAfterStream' ? ['from the child'] : []
    expect(out.map(line => (isMuch(line) ? 'much' : line))).toEqual([...lines, 'much'])
  },
)

test.each(['stdout', 'stderr'])('%s that is corked is refused: both would write it', async name => {
  const { status, out, err } = await run('corked', [name])
  expect(JSON.parse(status)).toEqual([['output'], ['output'], 'exited 0'])
  expect(name === 'stdout' ? out : err).toEqual(['once'])
})

test('a reader who has gone: the statuses of Node, and no child hangs', async () => {
  const file = join(temporaryFolder(), 'status')
  const fixture = startFixture('fork/tail/output', ['gone', file])
  fixture.child.stdout!.destroy()
  fixture.child.stderr!.destroy()
  fixture.tell('go on')
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    'console.log, returns': 'exited 0',
    'stdout.write, ends later': 'exited 1',
    'console.error, exits': 'exited 7',
    'nothing, throws': 'exited 1',
    'console.log, rejects': 'exited 1',
  })
})

describe('1 MB of a server process arrives whole and once', () => {
  test.each([
    ['synchronous', 'returns', 0],
    ['synchronous', 'throws', 1],
    ['synchronous', 'exits', 7],
    ['asynchronous', 'status', 7],
    ['asynchronous', 'throws', 1],
    ['asynchronous', 'exits', 7],
  ])('%s; it %s', async (how, end, code) => {
    const file = new URL('../fixtures/fork/tail/flood.mjs', import.meta.url).pathname
    const server = await startServer(file, ['--log-level', 'debug'])
    const client = await server.client()
    client.send(`${how} ${end}`)
    await client.rest()
    await server.log(new RegExp(`^truefork: reaped .*status="exited ${code}"`))
    server.signal('SIGTERM')
    await server.ended()
    expect(server.stdout.all.map(isMuch)).toEqual(how === 'synchronous' ? [true] : [true, true])
    expect(server.stderr.all.filter(line => line.startsWith('xxx')).map(isMuch)).toEqual([true])
    expect(server.logged(/RangeError: of the handler/)).toHaveLength(end === 'throws' ? 1 : 0)
  })
})
