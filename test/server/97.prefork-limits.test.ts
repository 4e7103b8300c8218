import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sharedTables } from '../../src/server/sharedSources.ts'
import { maxSources } from '../../src/server/sources.ts'
import { startConfigured } from '../support/configured.ts'
import { askFixture } from '../support/fixture.ts'
import { idleOf, startPrefork, untilIdle } from '../support/prefork.ts'
import { isServed, refusedBy, untilServed } from '../support/refusals.ts'
import type { Program } from '../support/server.ts'
import { until } from '../support/until.ts'

const other = '127.0.0.2'
const models = [
  ['K = 1', []],
  ['K = 1000', ['--connections-per-process', 1000]],
] as [string, (string | number)[]][]

/** What forty clients hear who come at once and say hello. */
async function crowd(server: Program): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: 40 }, () => server.client()))
  return Promise.all(clients.map(client => client.ask('hello').catch(() => 'refused')))
}

test.each(models)(
  '%s: of 40 who come at once, --max-per-source 5 lets in five',
  async (_, args) => {
    const server = await startPrefork('talk.mjs', ['--max-per-source', 5, '--spare', 10, ...args])
    await untilIdle(server, 10)
    const said = await crowd(server)
    expect(said.filter(text => text === 'hello')).toHaveLength(5)
    expect(await refusedBy(server)).toBe('max-per-source: 35')
    expect(await isServed(server, other)).toBe(true)
  },
)

test.each(models)('%s: of 40 who come at once, --max-rate 10/60 lets in ten', async (_, args) => {
  const server = await startPrefork('talk.mjs', ['--max-rate', '10/60', '--spare', 10, ...args])
  await untilIdle(server, 10)
  const said = await crowd(server)
  expect(said.filter(text => text === 'hello')).toHaveLength(10)
  expect(await refusedBy(server)).toBe('max-rate: 30')
  expect(await isServed(server, other)).toBe(true)
})

test.each(models)('%s: a source is free again when its client has gone', async (_, args) => {
  const server = await startPrefork('talk.mjs', ['--max-per-source', 1, ...args])
  const client = await server.served()
  expect(await isServed(server)).toBe(false)
  await server.log(/ reason=max-per-source detail="1 from 127\.0\.0\.1"$/)
  await client.finish()
  await untilServed(server)
  const victim = await until(async () => {
    const next = await server.client()
    next.send('who')
    const [pid] = (await next.line().catch(() => '')).split(' ')
    return Number(pid)
  })
  process.kill(victim, 'SIGKILL')
  await untilServed(server)
})

test('a refused client does not use a process up', async () => {
  const args = ['--access', 'deny 127.0.0.2', '--spare', '1:1', '--refuse-message', 'no\\n']
  const server = await startPrefork('talk.mjs', args)
  const idle = await untilIdle(server, 1)
  for (let count = 0; count < 5; count++) {
    const client = await server.client('127.0.0.1', other)
    expect(await client.rest()).toBe('no\n')
  }
  expect(await untilIdle(server, 1)).toEqual(idle)
  expect(await refusedBy(server)).toBe('access: 5')
})

test.each(models)('%s: penalties', async (_, args) => {
  const penalties = ['--penalize', '7=30', '--penalize', 'SIGSEGV=30 1=30']
  const server = await startPrefork('talk.mjs', [...penalties, ...args])
  for (const [from, line] of [
    [undefined, 'return 7'],
    [other, 'crash SIGSEGV'],
    ['127.0.0.3', 'throw it'],
  ] as const) {
    expect(await isServed(server, from)).toBe(true)
    const client = await server.client('127.0.0.1', from)
    client.send(line)
    await client.rest()
    await until(async () => !(await isServed(server, from)))
  }
  expect(await isServed(server, '127.0.0.4')).toBe(true)
  expect(await refusedBy(server)).toMatch(/^penalty: \d+$/)
})

test('an idle process that is killed costs nobody a penalty', async () => {
  const args = ['--penalize', 'SIGKILL=30', '--connections-per-process', 9, '--spare', '1:1']
  const server = await startPrefork('talk.mjs', args)
  await (await server.served()).finish()
  await until(() => idleOf(server).length > 0)
  const [idle] = idleOf(server)
  process.kill(idle!, 'SIGKILL')
  await server.log(/^truefork: reaped /)
  expect(await isServed(server)).toBe(true)
})

test('SIGHUP: a limit that comes later counts those who are there already', async () => {
  const { server, rewrite } = await startConfigured('', ['--model', 'prefork'])
  const clients = [await server.served(), await server.served()]
  await rewrite('max-per-source = 2\n')
  expect(await isServed(server)).toBe(false)
  await rewrite('max-per-source = 3\n')
  expect(await isServed(server)).toBe(true)
  for (const client of clients) expect(await client.ask('here')).toBe('here')
})

test('--overload refuse: who finds all of them busy is sent away', async () => {
  const server = await startPrefork('talk.mjs', ['--max-children', 2, '--overload', 'refuse'])
  await untilIdle(server, 2)
  const [first] = [await server.served(), await server.served()]
  await until(async () => !(await isServed(server)))
  await server.log(/ reason=overload detail="2 server processes"$/)
  await first.finish()
  await untilServed(server)
})

test('a flood of refusals is no flood of lines, and the sums make up all', async () => {
  const server = await startPrefork('talk.mjs', ['--access', 'deny all', '--spare', 5])
  await untilIdle(server, 5)
  await Promise.all(Array.from({ length: 60 }, () => isServed(server)))
  const counted = () =>
    server
      .logged(/^truefork: rejected /)
      .map(line => Number(/suppressed=(\d+)/.exec(line)?.[1] ?? 1))
      .reduce((sum, count) => sum + count, 0)
  await until(() => counted() === 60)
  expect(server.logged(/^truefork: rejected client/).length).toBeLessThan(10)
})

test('SIGHUP: --max-children beyond what the scoreboard holds is refused', async () => {
  const { server, file, rewrite } = await startConfigured('', ['--model', 'prefork'])
  writeFileSync(file, 'max-children = 5000\n')
  server.signal('SIGHUP')
  const line = await server.log(/^truefork: reload-failed /)
  expect(line).toContain('more than 4096 with the model prefork need a new start (SIGUSR2)')
  await rewrite('max-children = 4096\n')
})

test('the shared table: more sources than there is room for, and the last are known', () => {
  const table = sharedTables.rates()
  for (let count = 0; count < maxSources * 4; count++)
    table.update(`10.0.${count >> 8}.${count & 255}`, () => 1000 + count)
  let known = 0
  for (let count = maxSources * 3; count < maxSources * 4; count++)
    if (table.get(`10.0.${count >> 8}.${count & 255}`) === 1000 + count) known++
  expect(known).toBeGreaterThan(maxSources / 2)
  expect(table.get('2001:db8::/64')).toBeUndefined()
  expect(table.update('2001:db8::/64', () => undefined)).toBe(false)
})

test('the shared table: eight processes at the same time, and each source has its allowance', async () => {
  expect(await askFixture('server/sharedSources')).toEqual({ allowed: [3, 3], count: 800_000 })
})

test('the shared table: a penalty is what was put in', () => {
  const table = sharedTables.penalties()
  const penalty = { until: 123_456_789, duration: 86_400_000 }
  table.update('192.0.2.1', () => penalty)
  expect(table.get('192.0.2.1')).toEqual(penalty)
})
