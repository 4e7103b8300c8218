import { once } from 'node:events'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { exampleFile, expectOrderlyEnd, startExample } from '../support/example.ts'
import { answerTo, ask, begin, keepAlive } from '../support/http.ts'
import { until, within } from '../support/until.ts'

// The grace time is 30 s: who waits for it to pass, waits longer than these tests do.

const insecure = { rejectUnauthorized: false }

test.each([
  ['http.ts', undefined],
  ['tls.ts', insecure],
  ['express.ts', undefined],
])('%s: when the server stops, an idle connection is closed', async (file, tls) => {
  const server = await startExample(exampleFile(file))
  const { port } = server
  await ask({ port, agent: keepAlive(tls), tls })
  server.signal('SIGTERM')
  await expectOrderlyEnd(server)
})

test('so is one on which nothing was asked yet', async () => {
  const server = await startExample(exampleFile('http.ts'))
  const silent = await connectClient(server.port)
  await until(() => server.children().length > 0)
  server.signal('SIGTERM')
  await within(once(silent.resume(), 'end'), () => 'the end of the silent connection')
  await expectOrderlyEnd(server)
})

test('so is one after the handshake of TLS', async () => {
  const server = await startExample(exampleFile('tls.ts'))
  const silent = connect({ host: '127.0.0.1', port: server.port, ...insecure })
  await within(once(silent, 'session'), () => 'a ticket, which follows the handshake')
  server.signal('SIGTERM')
  await within(once(silent.resume(), 'close'), () => 'the end of the silent connection')
  await expectOrderlyEnd(server)
})

test('a request under way is answered, and told that the connection closes', async () => {
  const server = await startExample(exampleFile('http.ts'))
  const request = begin({ port: server.port, path: '/echo', method: 'POST', agent: keepAlive() })
  request.flushHeaders()
  await until(() => server.children().length > 0)
  server.signal('SIGTERM')
  await server.log(/draining/)
  request.end('to the end')
  const { headers, body } = await answerTo(request)
  expect([body, headers.connection]).toEqual(['to the end', 'close'])
  await expectOrderlyEnd(server)
})

test('a request that came before the server stopped is answered', async () => {
  const server = await startExample(exampleFile('http.ts'))
  const clients = Array.from({ length: 20 }, () => begin({ port: server.port }).end())
  const answers = Promise.all(clients.map(answerTo))
  await server.log(/: accepted /)
  server.signal('SIGTERM')
  for (const { status } of await answers) expect(status).toBe(200)
  await expectOrderlyEnd(server)
})

test('an answer under way is sent whole, and then the connection closed', async () => {
  const server = await startExample(exampleFile('http.ts'))
  const request = begin({ port: server.port, path: '/echo', method: 'POST', agent: keepAlive() })
  request.write('the first half, ')
  const [answer] = await within(once(request, 'response'), () => 'the first half')
  expect(answer.headers.connection).toBe('keep-alive')
  server.signal('SIGTERM')
  await server.log(/draining/)
  request.end('the second half')
  let body = ''
  for await (const chunk of answer) body += chunk
  expect(body).toBe('the first half, the second half')
  await expectOrderlyEnd(server)
})
