import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { signals, stat } from '../support/proc.ts'
import { listeningSocket, socketsOf, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('a signal in the middle of the wait for clients', async () => {
  const server = await startServer('talk.mjs')
  for (let count = 1; count <= 5; count++) {
    await until(() => stat(server.daemon).state === 'S')
    server.signal('SIGHUP')
    await server.log(/^truefork: reload-failed /, count)
    expect(await (await server.client()).ask('hello')).toBe('hello')
  }
})

test('signals that whoever started it had blocked, or ignored, are acted on', async () => {
  const under = ['env', '--block-signal=HUP,USR1,CHLD,TERM', '--ignore-signal=HUP,INT']
  const server = await startServer('talk.mjs', [], { under })
  const client = await server.served()
  expect(signals(client.server, 'SigBlk')).toEqual([])
  server.signal('SIGHUP')
  await server.log(/^truefork: reload-failed /)
  server.signal('SIGUSR1')
  await server.log(/^truefork: status /)
  await client.finish()
  await until(() => server.children().length === 0)
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('a signal in the middle of a conversation cuts nothing off', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  expect(await client.ask('catch SIGUSR2')).toBe('set')
  for (let count = 0; count < 5; count++) {
    await until(() => stat(client.server).state === 'S')
    process.kill(client.server, 'SIGUSR2')
    expect(await client.line()).toBe('caught SIGUSR2')
  }
  expect(await client.ask('hello')).toBe('hello')
})

test('a client that resets before it is accepted harms nobody', async () => {
  const server = await startServer('talk.mjs')
  const first = await server.served()
  process.kill(server.daemon, 'SIGSTOP')
  await until(() => stat(server.daemon).state === 'T')
  const gone = await Promise.all([1, 2, 3].map(() => connectClient(server.port)))
  const next = await server.client()
  for (const socket of gone) socket.resetAndDestroy()
  process.kill(server.daemon, 'SIGCONT')

  expect(await next.ask('next')).toBe('next')
  expect(await first.ask('first')).toBe('first')
  await until(() => server.children().length === 2)
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
  expect(server.logged(/^ {4}/)).toEqual([])
})
