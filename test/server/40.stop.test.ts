import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { exists } from '../support/proc.ts'
import { listeningSocket, startServer, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: open clients finish, new ones are refused',
  async signal => {
    const server = await startServer('talk.mjs')
    const clients = [await server.served(), await server.served()]
    server.signal(signal)
    await until(() => listeningSocket(server.port) === undefined)
    await expect(connectClient(server.port)).rejects.toThrow(/ECONNREFUSED/)

    for (const client of clients) expect(await client.ask('one more')).toBe('one more')
    await clients[0]!.finish()
    await until(() => server.children().length === 1)
    expect(exists(server.pid)).toBe(true)
    await clients[1]!.finish()
    expect(await server.ended()).toEqual(inOrder)
    expect(server.logged(/draining|stopped/)).toEqual([
      `truefork: draining signal=${signal} children=2 grace=30`,
      'truefork: stopped accepted=2',
    ])
  },
)

test('without clients it ends at once', async () => {
  const server = await startServer('talk.mjs')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
})

test('clients that wait in the accept queue at SIGTERM are served', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 1])
  const first = await server.served()
  const waiting = await Promise.all([1, 2, 3].map(() => server.client()))
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  await first.finish()
  for (const client of waiting) {
    expect(await client.ask('served yet')).toBe('served yet')
    await client.finish()
  }
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/stopped/)).toEqual(['truefork: stopped accepted=4'])
})

test('however many clients go on coming, SIGTERM ends it', async () => {
  const server = await startServer('echo.mjs')
  let draining = false
  let late = 0
  let over = false
  onTestFinished(() => {
    over = true
  })
  const comeAgain = () => {
    const isLate = draining
    const socket = connect({ host: '127.0.0.1', port: server.port })
    socket.on('connect', () => socket.end('hello\n'))
    socket.on('data', () => {
      if (isLate) late++
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!over) comeAgain()
    })
  }
  for (let count = 0; count < 20; count++) comeAgain()
  server.signal('SIGUSR1')
  await server.log(/^truefork: status /)
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  draining = true
  expect(await server.ended()).toEqual(inOrder)
  over = true
  expect(late).toBeLessThan(20)
})

test('a second SIGTERM ends the server processes at once', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped/)).toEqual([
    expect.stringMatching(new RegExp(`child=${client.server} .*status=SIGTERM `)),
  ])
})

test('SIGQUIT kills the server processes, and is an end in order', async () => {
  const server = await startServer('talk.mjs')
  const clients = [await server.served(), await server.served()]
  expect(await clients[0]!.ask('ignore SIGTERM')).toBe('ignored')
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped .*status=SIGKILL /)).toHaveLength(2)
  for (const client of clients) await untilGone(client.server)
})

test('SIGQUIT while it drains', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual(inOrder)
  expect(await client.rest()).toBe('')
})

test('a server process that was stopped (SIGSTOP) holds nothing up at SIGQUIT', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  process.kill(client.server, 'SIGSTOP')
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual(inOrder)
})
