import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import {
  fixtureFile,
  listeningSocket,
  runCommand,
  socketsOf,
  startServer,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }
const startSequential = (...args: (string | number)[]) =>
  startServer('talk.mjs', ['--model', 'sequential', ...args])

test('one process serves all, one after the other', async () => {
  const server = await startSequential()
  for (let count = 0; count < 10; count++) {
    const client = await server.served()
    expect(client.server).toBe(server.daemon)
    expect(server.children()).toEqual([])
    await client.finish()
  }
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
})

test('the second client waits until the first is done', async () => {
  const server = await startSequential()
  const first = await server.served()
  const second = await server.client()
  second.send('who')
  for (let count = 0; count < 100; count++) expect(await first.ask('hello')).toBe('hello')
  expect(second.pending).toBe('')
  await first.finish()
  expect(await second.line()).toMatch(new RegExp(`^${server.daemon} `))
})

test('a handler that throws ends its conversation, not the server', async () => {
  const server = await startSequential()
  const client = await server.served()
  client.send('throw for a test')
  expect(await client.rest()).toBe('')
  await server.log(/^truefork: error client=127\.0\.0\.1:\d+ message="for a test"$/)
  expect((await server.served()).server).toBe(server.daemon)
})

test('a client that resets does not end the server', async () => {
  const server = await startSequential()
  const client = await server.served()
  client.socket.resetAndDestroy()
  await server.log(/^truefork: error .*ECONNRESET/)
  expect((await server.served()).server).toBe(server.daemon)
})

test('an async function is refused at the start', async () => {
  const args = ['serve', fixtureFile('asyncFunction.mjs'), '--port', 0, '--model', 'sequential']
  const { code, err } = await runCommand(args)
  expect({ code, err }).toEqual({
    code: 64,
    err: [
      'truefork: the handler is asynchronous: the model sequential serves only synchronous ones; use the model fork',
    ],
  })
})

test('a function that returns a promise is an error for each client, who is not left waiting', async () => {
  const server = await startServer('async.mjs', ['--model', 'sequential'])
  for (const count of [1, 2]) {
    expect(await (await server.client()).rest()).toBe('')
    await server.log(
      /^truefork: error message="the handler is asynchronous: .*use the model fork"$/,
      count,
    )
  }
  await until(() => socketsOf(server.daemon).length === 1)
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
})

test('SIGTERM lets the conversation finish, then those that wait', async () => {
  const server = await startSequential()
  const client = await server.served()
  const waiting = await server.client()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  expect(await client.ask('to the end')).toBe('to the end')
  await client.finish()
  expect(await waiting.ask('served yet')).toBe('served yet')
  await waiting.finish()
  expect(await server.ended()).toEqual(inOrder)
})

test('a second SIGTERM ends the conversation', async () => {
  const server = await startSequential()
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('')
  expect(await server.ended()).toEqual(inOrder)
})

test('the end of the grace time ends it, too', async () => {
  const server = await startSequential('--grace', 1)
  const client = await server.served()
  const start = performance.now()
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('')
  expect(performance.now() - start).toBeGreaterThan(950)
  expect(await server.ended()).toEqual(inOrder)
})

test('SIGQUIT ends it at once', async () => {
  const server = await startSequential()
  const client = await server.served()
  server.signal('SIGQUIT')
  expect(await client.rest()).toBe('')
  expect(await server.ended()).toEqual(inOrder)
})

test('SIGHUP during a conversation holds for the next one', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, '[handler]\ngreeting = "old"\n')
  const server = await startSequential('--config', file)
  const first = await server.served()
  writeFileSync(file, '[handler]\ngreeting = "new"\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* changed=handler /)
  expect(JSON.parse(await first.ask('settings'))).toEqual({ greeting: 'old' })
  await first.finish()
  const second = await server.served()
  expect(JSON.parse(await second.ask('settings'))).toEqual({ greeting: 'new' })
})

test('SIGHUP while it waits', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, '')
  const server = await startSequential('--config', file)
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded /)
  expect((await server.served()).server).toBe(server.daemon)
})

test('in the background', async () => {
  const server = await startSequential('--daemon')
  expect(await server.ended()).toEqual(inOrder)
  const client = await server.served()
  expect(client.server).toBe(server.daemon)
  server.signal('SIGTERM')
  await client.finish()
  await until(() => server.relatives().length === 0)
})
