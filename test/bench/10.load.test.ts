// The load generator has to notice what a server does wrong, or all figures are worth nothing.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { compileLoad } from '../support/bench.ts'

async function listen(serve: (socket: Socket, number: number) => void): Promise<number> {
  let clients = 0
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {}) // the client has what it came for
    serve(socket, clients++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const echo = (socket: Socket) => void socket.pipe(socket)
const none = { connect: 0, send: 0, receive: 0, endedEarly: 0, wrongAnswer: 0, timedOut: 0 }

test('right answers are counted and timed', async () => {
  const load = compileLoad()
  let served = 0
  const port = await listen(socket => {
    served++
    echo(socket)
  })
  const { connections, failed, answer, whole } = await load('run', port, 4, 0.3)
  expect(failed).toEqual(none)
  expect(connections).toBe(served)
  expect(connections).toBeGreaterThan(0)
  expect(whole!.p50).toBeGreaterThanOrEqual(answer!.p50)
  expect(whole!.max).toBeGreaterThanOrEqual(whole!.p99)
})

test.each([
  [
    'a wrong byte',
    'wrongAnswer',
    (socket: Socket) => {
      socket.once('data', data => socket.end(String(data).replace('hello', 'hallo')))
    },
  ],
  [
    'more than was sent',
    'wrongAnswer',
    (socket: Socket) => {
      socket.once('data', data => socket.end(`${data}more\n`))
    },
  ],
  [
    'more after the end',
    'wrongAnswer',
    (socket: Socket) => {
      socket.once('data', data => socket.write(data))
      socket.on('end', () => socket.end('good bye\n'))
    },
  ],
  [
    'the end before the answer',
    'endedEarly',
    (socket: Socket) => {
      socket.once('data', () => socket.end())
    },
  ],
  [
    'half an answer',
    'endedEarly',
    (socket: Socket) => {
      socket.once('data', data => socket.end(data.subarray(0, 5)))
    },
  ],
  [
    'a reset',
    'receive',
    (socket: Socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    },
  ],
])('%s is a failure of the kind %s, and no connection that counts', async (_, kind, wrong) => {
  const load = compileLoad()
  let broken = 0
  const port = await listen((socket, number) => {
    if (number % 2 === 0) return echo(socket)
    broken++
    wrong(socket)
  })
  const { connections, failed } = await load('run', port, 2, 0.3)
  expect(broken).toBeGreaterThan(0)
  expect(failed).toEqual({ ...none, [kind]: broken })
  expect(connections).toBeGreaterThan(0)
})

test('nobody who listens is a failure to connect', async () => {
  const load = compileLoad()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const { connections, failed, whole } = await load('run', port, 1, 0.05)
  expect(connections).toBe(0)
  expect(failed.connect).toBeGreaterThan(0)
  expect(whole).toBeNull()
})

test('with a rate, so many clients come, however fast the server is', async () => {
  const load = compileLoad()
  const port = await listen(echo)
  // The arrivals are drawn with a fixed seed: the same number every time.
  const first = await load('run', port, 16, 0.5, 100)
  const second = await load('run', port, 16, 0.5, 100)
  expect(first.failed).toEqual(none)
  expect(second.connections).toBe(first.connections)
  expect(first.connections).toBeGreaterThan(25)
  expect(first.connections).toBeLessThan(100)
})
