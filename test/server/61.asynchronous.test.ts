import { expect, test } from 'vitest'
import { childrenNow, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

async function start(name: string) {
  const server = await startServer('asynchronous.mjs')
  const client = await server.client()
  const child = Number(await client.ask(name))
  return { server, client, child }
}
const ended = (child: number, status: string) =>
  new RegExp(`^truefork: reaped child=${child} .*status=${status} `)

test("for await takes what comes; the answer may follow the client's end", async () => {
  const { server, client, child } = await start('echo')
  expect(childrenNow(server.daemon)).toEqual([child])
  expect(await client.ask('hello')).toBe('hello')
  expect(await client.ask('again')).toBe('again')
  expect(await client.finish()).toBe('the end\n')
  await until(() => server.children().length === 0)
  expect(server.logged(/error|exited/)).toEqual([])
})

test('the socket is a net.Socket; timers run', async () => {
  const { client, child } = await start('pid')
  expect(await client.rest()).toBe(`${child}\n`)
})

test('while one is served, others are', async () => {
  const { server, client } = await start('echo')
  for (let count = 0; count < 20; count++) {
    const other = await server.client()
    const child = Number(await other.ask('pid'))
    expect(await other.rest()).toBe(`${child}\n`)
  }
  expect(await client.ask('still here')).toBe('still here')
})

test('a handler that only listens to its socket serves until the client ends', async () => {
  const server = await startServer('callbacks.mjs')
  const client = await server.client()
  expect(await client.ask('hello')).toBe('hello')
  expect(await client.ask('again')).toBe('again')
  expect(await client.finish()).toBe('')
  await until(() => server.children().length === 0)
  expect(server.logged(/error|exited/)).toEqual([])
})

test('the number of the promise is the exit status', async () => {
  const { server, child } = await start('status')
  await server.log(ended(child, '"exited 9"'))
})

test('a promise that is rejected is status 1 with its stack', async () => {
  const { server, child, client } = await start('throws')
  await server.log(ended(child, '"exited 1"'))
  await server.log(/^truefork: error client=\S+ message=asynchronously$/)
  await server.log(/^ {8}at .*asynchronous\.mjs:\d+:\d+/)
  expect(await client.rest()).toBe('')
})

test('an exception of a timer ends its own process with 1, and is logged once', async () => {
  const { server, child } = await start('stray')
  await server.log(ended(child, '"exited 1"'))
  await server.log(/^truefork: error client=\S+ message="from a timer"$/)
  await server.log(/^ {8}at .*asynchronous\.mjs:\d+:\d+/)
  expect(server.logged(/Error: from a timer$/)).toHaveLength(1)
  expect(await (await server.client()).ask('pid')).toMatch(/^\d+$/)
})

test('all that was written to the socket is sent, also when the handler is done', async () => {
  const { client } = await start('flood')
  expect(await client.rest()).toHaveLength(20_000_000)
})

test('end() and then what the client still sends', async () => {
  const { server, client } = await start('endEarly')
  expect(await client.rest()).toBe('')
  client.socket.end('still sent')
  await server.log(/^after the end: still sent$/)
})

test('blocking methods are refused after socket was used', async () => {
  const { client } = await start('mix')
  expect(await client.line()).toBe(
    'connection: its blocking methods cannot be used after its socket has been: both would read the same bytes',
  )
})

test('a client that resets: status 1 and one line', async () => {
  const { server, client, child } = await start('echo')
  client.socket.resetAndDestroy()
  await server.log(ended(child, '"exited 1"'))
  expect(server.logged(/error/)).toEqual([expect.stringMatching(/ECONNRESET/)])
  expect(server.logged(/^ /)).toEqual([])
})

test('SIGTERM lets it finish', async () => {
  const { server, client } = await start('echo')
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  expect(await client.ask('to the end')).toBe('to the end')
  await client.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('a promise that nothing can settle any more does not hang', async () => {
  const { server, client, child } = await start('never')
  await client.finish()
  await until(() => !server.children().includes(child))
  await server.log(ended(child, '"exited 1"'))
  expect(server.logged(/error/)).toEqual([
    expect.stringMatching(/message="the promise of the handler can never settle: /),
  ])
})
