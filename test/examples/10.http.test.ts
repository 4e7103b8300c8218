import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { exampleFile, expectOrder, startExample } from '../support/example.ts'
import { answerTo, ask, begin, exchange, keepAlive, processOf } from '../support/http.ts'
import { fixtureFile, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

const start = () => startExample(exampleFile('http.ts'))

test('each connection has a process of its own, which serves all its requests', async () => {
  const server = await start()
  const agents = [keepAlive(), keepAlive(), keepAlive(), keepAlive(), keepAlive()]
  const everyone = () => Promise.all(agents.map(agent => ask({ port: server.port, agent })))

  const first = await everyone()
  const pids = first.map(processOf)
  expect(new Set(pids).size).toBe(5)
  expect(server.children().sort()).toEqual([...pids].sort())
  for (const { body } of first) expect(body).toContain(`the daemon process ${server.daemon}`)
  for (const { body } of first) expect(body).toContain('request 1 of your connection')

  const second = await everyone()
  expect(second.map(processOf)).toEqual(pids)
  for (const { body } of second) expect(body).toContain('request 2 of your connection')

  for (const agent of agents) agent.destroy()
  await expectOrder(server)
})

test('with Connection: close the process ends after its answer', async () => {
  const server = await start()
  const answers = [await ask({ port: server.port }), await ask({ port: server.port })]
  for (const { headers } of answers) expect(headers.connection).toBe('close')
  const pids = answers.map(processOf)
  expect(new Set(pids).size).toBe(2)
  for (const pid of pids) await untilGone(pid)
  await expectOrder(server)
})

test('a large body is taken and comes back, its length told beforehand or not', async () => {
  const server = await start()
  const body = createHash('shake256', { outputLength: 10_000_000 }).digest().toString('base64')
  const post = { port: server.port, path: '/echo', method: 'POST' }
  expect((await ask({ ...post, body })).body).toBe(body)

  const chunked = begin({ ...post, headers: { 'Transfer-Encoding': 'chunked' } })
  chunked.end(body)
  expect((await answerTo(chunked)).body).toBe(body)
  await expectOrder(server)
})

const last = 200_000
const numbers = Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('')

test('1 MB in many pieces: chunked, and for HTTP/1.0 until the end of the connection', async () => {
  expect(numbers.length).toBeGreaterThan(1_000_000)
  const server = await start()
  const { headers, body } = await ask({ port: server.port, path: `/numbers/${last}` })
  expect(headers['transfer-encoding']).toBe('chunked')
  expect(body).toBe(numbers)

  const old = await exchange(server.port, [`GET /numbers/${last} HTTP/1.0`])
  const [head, rest] = old.split('\r\n\r\n', 2) as [string, string]
  expect(head).not.toMatch(/transfer-encoding/i)
  expect(rest).toBe(numbers)
  await expectOrder(server)
})

test('HEAD has no body, and leaves the connection in order', async () => {
  const server = await start()
  const answers = await exchange(server.port, [
    'HEAD /numbers/3 HTTP/1.1',
    'Host: test',
    '',
    'GET / HTTP/1.1',
    'Host: test',
    'Connection: close',
  ])
  expect(answers).toMatch(/^HTTP\/1\.1 200 OK\r\n([\w-]+: .*\r\n)+\r\nHTTP\/1\.1 200 OK\r\n/)
  expect(answers).toContain('request 2 of your connection')
  await expectOrder(server)
})

test('pipelined requests are answered in their order', async () => {
  const server = await start()
  const answers = await exchange(server.port, [
    'GET /fibonacci/20 HTTP/1.1',
    'Host: test',
    '',
    'GET /numbers/3 HTTP/1.1',
    'Host: test',
    '',
    'GET / HTTP/1.1',
    'Host: test',
    'Connection: close',
  ])
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
  expect(answers).toMatch(/6765\n.*1\n.*2\n.*3\n.*request 3 of your connection/s)
  await expectOrder(server)
})

test('a client that resets in the middle of an answer', async () => {
  const server = await start()
  const socket = await connectClient(server.port)
  socket.pause()
  // More than the buffers of both sides hold.
  socket.write('GET /numbers/5000000 HTTP/1.1\r\nHost: test\r\n\r\n')
  await until(() => socket.bytesRead > 0 || socket.readableLength > 0)
  socket.resetAndDestroy()
  await expectOrder(server)
})

test('a client that resets in the middle of its request, or sends nothing', async () => {
  const server = await start()
  const [half, silent] = [await connectClient(server.port), await connectClient(server.port)]
  half.write('POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf')
  await until(() => server.children().length === 2)
  half.resetAndDestroy()
  silent.end()
  await expectOrder(server)
})

test.each([
  ['what is not HTTP', ['hello'], /^HTTP\/1\.1 400 Bad Request/],
  ['a page that is not there', ['GET /constructor HTTP/1.0'], /^HTTP\/1\.1 404 Not Found/],
  ['CONNECT, for which there is no listener', ['CONNECT a:1 HTTP/1.1', 'Host: a'], /^$/],
  [
    'an upgrade that nobody offers',
    ['GET / HTTP/1.1', 'Host: test', 'Connection: Upgrade, close', 'Upgrade: websocket'],
    /^HTTP\/1\.1 200 OK/,
  ],
])('%s is answered as Node does, and its process ends with 0', async (_, lines, expected) => {
  const server = await start()
  expect(await exchange(server.port, lines)).toMatch(expected)
  await expectOrder(server)
})

test('a page that crashes ends its own process, and no other', async () => {
  const server = await start()
  const agent = keepAlive()
  const other = processOf(await ask({ port: server.port, agent }))
  await expect(ask({ port: server.port, path: '/crash' })).rejects.toThrow('socket hang up')
  await server.log(/^truefork: error client=\S+ message="a page that crashes"$/)
  await server.log(/^ {8}at .*http\.ts:\d+:\d+/)
  await server.log(/^truefork: reaped .*status="exited 1" /)
  expect(processOf(await ask({ port: server.port, agent }))).toBe(other)
})

test('a page that computes keeps nobody waiting', async () => {
  const server = await start()
  const socket = await connectClient(server.port)
  socket.write('GET /fibonacci/100 HTTP/1.1\r\nHost: test\r\n\r\n')
  const [busy] = await until(() => (server.children().length > 0 ? server.children() : undefined))
  expect((await ask({ port: server.port, path: '/fibonacci/10' })).body).toBe('55\n')
  expect(server.children()).toContain(busy)
})

test('node:http without further ado', async () => {
  const server = await startExample(fixtureFile('web.mjs'))
  const agent = keepAlive()
  const answers = [await ask({ port: server.port, agent }), await ask({ port: server.port, agent })]
  expect(new Set(answers.map(processOf)).size).toBe(1)
  agent.destroy()
  await expectOrder(server)
})

test('an asynchronous handler can go on behind the end of its connection', async () => {
  const server = await startExample(fixtureFile('behind.mjs'))
  expect((await ask({ port: server.port })).body).toBe('answered\n')
  await server.log(/^done behind the answer$/)
  await server.log(/: reaped .*status="exited 0"/)
})
