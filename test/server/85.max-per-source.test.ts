import { expect, test } from 'vitest'
import { startConfigured } from '../support/configured.ts'
import { isServed, refusedBy, untilServed } from '../support/refusals.ts'
import { type Program, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const other = '127.0.0.2'

/** A client from this address who is being served. */
async function served(server: Program, from?: string) {
  const client = await server.client('127.0.0.1', from)
  expect(await client.ask('hello')).toBe('hello')
  return client
}

test('it trips, others are served, and it heals when one has ended', async () => {
  const server = await startServer('talk.mjs', ['--max-per-source', 2])
  const [first, second] = [await served(server), await served(server)]
  const third = await server.client()
  expect(await third.rest()).toBe('')
  await server.log(
    /^truefork: rejected client=127\.0\.0\.1:\d+ reason=max-per-source detail="2 from 127\.0\.0\.1"$/,
  )
  await served(server, other)
  expect(await refusedBy(server)).toBe('max-per-source: 1')

  await first.finish()
  await until(() => server.children().length === 2)
  await served(server)
  expect(await isServed(server)).toBe(false)
  expect(await second.ask('here')).toBe('here')
})

test('of 40 who come at once, five are served', async () => {
  const server = await startServer('talk.mjs', ['--max-per-source', 5])
  const crowd = await Promise.all(Array.from({ length: 40 }, () => server.client()))
  const answers = crowd.map(client => client.ask('hello').catch(() => 'refused'))
  const said = await Promise.all(answers)
  expect(said.filter(text => text === 'hello')).toHaveLength(5)
  expect(server.children()).toHaveLength(5)
  expect(await refusedBy(server)).toBe('max-per-source: 35')
  expect(await isServed(server, other)).toBe(true)
})

test('a server process that is killed makes room, too', async () => {
  const server = await startServer('talk.mjs', ['--max-per-source', 1])
  const client = await server.served()
  expect(await isServed(server)).toBe(false)
  process.kill(client.server, 'SIGKILL')
  await untilServed(server)
})

test('--source-prefix4: a network is one source', async () => {
  const server = await startServer('talk.mjs', ['--max-per-source', 1, '--source-prefix4', 24])
  await served(server, other)
  expect(await isServed(server)).toBe(false)
  await server.log(/ reason=max-per-source detail="1 from 127\.0\.0\.0\/24"$/)
  expect(await isServed(server, '127.0.1.1')).toBe(true)
})

test('--source-prefix6, and the addresses of IPv4 on a socket for both', async () => {
  const args = ['--max-per-source', 1, '--source-prefix6', 128, '--source-prefix4', 8]
  const server = await startServer('talk.mjs', ['--host', '::', ...args])
  const client = await server.client('::1')
  expect(await client.ask('hello')).toBe('hello')
  expect(await isServed(server, undefined, '::1')).toBe(false)
  await server.log(/ reason=max-per-source detail="1 from ::1"$/)
  await served(server, other)
  expect(await isServed(server)).toBe(false)
  await server.log(/ reason=max-per-source detail="1 from 127\.0\.0\.0\/8"$/)
})

test('SIGHUP: a limit that comes later counts those who are there already', async () => {
  const { server, rewrite } = await startConfigured('')
  const clients = [await served(server), await served(server), await served(server)]
  await rewrite('max-per-source = 2\n')
  expect(await isServed(server)).toBe(false)
  for (const client of clients) expect(await client.ask('here')).toBe('here')

  await rewrite('max-per-source = 4\n')
  await served(server)
  expect(await isServed(server)).toBe(false)

  await rewrite('')
  expect(await isServed(server)).toBe(true)
})

test('SIGHUP: under another prefix, those who are there count for their new source', async () => {
  const { server, rewrite } = await startConfigured('max-per-source = 2\n')
  const first = await served(server)
  await served(server, other)
  await rewrite('max-per-source = 2\nsource-prefix4 = 8\n')
  expect(await isServed(server, '127.0.0.3')).toBe(false)
  await first.finish()
  await untilServed(server, '127.0.0.3')
})

test('with --max-children: who waits is judged when there is room', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 2, '--max-per-source', 1])
  await served(server)
  const second = await served(server, other)
  const [again, third] = [await server.client(), await server.client('127.0.0.1', '127.0.0.3')]
  again.send('hello')
  third.send('hello')
  expect(await refusedBy(server)).toBeUndefined()
  expect([again.over, third.over]).toEqual([false, false])

  await second.finish()
  expect(await third.line()).toBe('hello')
  expect(await again.rest()).toBe('')
  expect(await refusedBy(server)).toBe('max-per-source: 1')
})

test('while the server drains, it holds for those who wait', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 2, '--max-per-source', 1])
  const [first, second] = [await served(server), await served(server, other)]
  const again = await server.client()
  const waits = await server.client('127.0.0.1', '127.0.0.3')
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  await second.finish()
  expect(await waits.ask('hello')).toBe('hello')
  expect(await again.rest()).toBe('')
  for (const client of [first, waits]) await client.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('a sequential server has one client at a time: it never trips', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential', '--max-per-source', 1])
  for (let count = 0; count < 5; count++) expect(await isServed(server)).toBe(true)
})
