import { once } from 'node:events'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { exists, stat } from '../support/proc.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('a client that resets while it is served: status 1 and one line', async () => {
  const server = await startServer('talk.mjs')
  const [victim, other] = [await server.served(), await server.served()]
  await until(() => stat(victim.server).state === 'S')
  victim.socket.resetAndDestroy()
  await server.log(new RegExp(`^truefork: reaped child=${victim.server} .*status="exited 1" `))
  expect(server.logged(/error/)).toEqual([
    expect.stringMatching(
      /^truefork: error client=\S+ message="read: Connection reset by peer \(ECONNRESET\)"$/,
    ),
  ])
  expect(server.logged(/^ /)).toEqual([])
  expect(await other.ask('unharmed')).toBe('unharmed')
  expect(await (await server.client()).ask('next')).toBe('next')
})

test('writing to a client who is gone: an error of the system, and no signal', async () => {
  const server = await startServer('flood.mjs')
  const socket = await connectClient(server.port)
  socket.write('50000000\n')
  await once(socket, 'readable')
  const child = server.children()[0]!
  socket.destroy()
  await server.log(new RegExp(`^truefork: reaped child=${child} .*status="exited 1" `))
  expect(server.logged(/error/)).toEqual([
    expect.stringMatching(/^truefork: error client=\S+ message="write: .*\((EPIPE|ECONNRESET)\)"$/),
  ])
  expect(server.logged(/^ /)).toEqual([])
})

test('a slow reader gets 20 MB whole', async () => {
  const server = await startServer('flood.mjs')
  const socket = await connectClient(server.port)
  const length = 20_000_000
  socket.write(`${length}\n`)
  const pattern = Buffer.from(Array.from({ length: 251 * 4000 }, (_, index) => index % 251))
  await once(socket, 'readable')
  const child = server.children()[0]!
  let received = 0
  let waits = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const start = received % 251
    expect(chunk.equals(pattern.subarray(start, start + chunk.length))).toBe(true)
    // Three times, with more to come than any buffer holds, until the server process waits itself.
    if (received > waits * 1_000_000 && waits < 3) {
      waits++
      await until(() => exists(child) && stat(child).state === 'S')
    }
    received += chunk.length
  }
  expect({ received, waits }).toEqual({ received: length, waits: 3 })
  await until(() => server.children().length === 0)
  expect(server.logged(/error|reaped/)).toEqual([])
})

test('a client that ends first still gets the answer', async () => {
  const server = await startServer('sum.mjs')
  const client = await server.client()
  client.socket.write('x'.repeat(100_000))
  expect(await client.finish()).toBe('100000 bytes\n')
})

test('a client that ends without a word', async () => {
  const server = await startServer('sum.mjs')
  const client = await server.client()
  expect(await client.finish()).toBe('0 bytes\n')
})
