import { describe, expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'
import { nodeVersion } from '../support/node.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

/** Runs a fixture to its end, on which nobody has had anything to complain of. */
async function run(...args: string[]) {
  const fixture = startFixture('fork/tail/ways', args)
  const ending = await fixture.ended(30_000)
  expect(fixture.stderr.all).toEqual([])
  return { ending, lines: fixture.stdout.all }
}

describe('a child ends as Node does: status, its own listeners, the error once', () => {
  test.each(['exits', 'nothingLeft', 'errors', 'caught', 'signals'])(
    'and the listeners of the parent do not run: %s',
    async group => {
      const { ending, lines } = await run('compare', group)
      const [results, ...parents] = lines
      const ways = Object.entries<Record<string, unknown>>(JSON.parse(results!))
      expect(ways.length).toBeGreaterThan(5)
      for (const [way, { child, plain }] of ways) expect([way, child]).toEqual([way, plain])
      expect(parents).toEqual(['parent beforeExit', 'parent exit 0', 'parent exit once'])
      expect(ending).toEqual({ code: 0, signal: null })
    },
  )
})

test('a listener of the parent that the child registers again is its own', async () => {
  const { lines } = await run('registerAgain')
  // On Node 20 there is one of Node's own, which waits for the end of the module.
  const own = nodeVersion < 22 ? 1 : 0
  const once = { status: 'exited 0', out: ['both 0'], errors: 0 }
  const none = { ...once, out: [`${own} 0`] }
  expect(JSON.parse(lines[0]!)).toEqual([none, once, once, once])
})

test('14 generations: each runs its own listener, ends by its own status, and warns of nothing', async () => {
  const { ending, lines } = await run('generations', '14')
  expect(lines).toEqual(Array.from({ length: 14 }, (_, depth) => `generation ${depth + 1}`))
  expect(ending).toEqual({ code: 14, signal: null })
})

describe('a server process: its status, and the listeners of the handler alone', () => {
  const statuses = {
    returns: ['"exited 5"', ['handler exit 5']],
    exits: ['"exited 5"', ['handler exit 5']],
    exitsInListener: ['"exited 5"', ['handler exit 3']],
    throws: ['"exited 1"', ['handler exit 1']],
    aborts: ['SIGABRT', []],
    killed: ['SIGTERM', []],
  } as const

  test.each(['synchronous', 'asynchronous'])('%s', async how => {
    const file = new URL('../fixtures/fork/tail/leave.mjs', import.meta.url).pathname
    const server = await startServer(file, ['--log-level', 'debug'])
    for (const [way, [status, listeners]] of Object.entries(statuses)) {
      const before = server.stdout.all.length
      const count = server.logged(/ reaped /).length
      const client = await server.client()
      client.send(`${how} ${way}`)
      await client.rest()
      const reaped = await server.log(/ reaped /, count + 1)
      expect([way, reaped]).toEqual([way, expect.stringContaining(`status=${status} `)])
      const written = () => server.stdout.all.length >= before + listeners.length
      await until(written, { what: `${way}: ${listeners}` })
      expect([way, server.stdout.all.slice(before)]).toEqual([way, listeners])
    }
    expect(server.logged(/RangeError: of the handler/)).toHaveLength(1)
    server.signal('SIGTERM')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.stdout.all.filter(line => line.startsWith('module'))).toEqual(['module exit 0'])
  })
})
