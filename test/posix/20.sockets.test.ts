import { once } from 'node:events'
import { createServer, type ListenOptions, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { stat, untilAsleep } from '../support/proc.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/sockets', [name, ...args])

/** Node's own client against the fixture's socket, bind, listen, accept, read, write, shutdown. */
async function talkToServer(family: string, address: object) {
  const fixture = startFixture('posix/sockets', ['server', family, JSON.stringify(address)])
  const own = await fixture.json()
  const client = await connectClient(own as NetConnectOpts)
  const { localPort, localAddress } = client
  client.write('hello')
  const [answer] = await once(client, 'data')
  await once(client, 'end') // it has shut down its sending side, and still reads
  client.end('bye')
  const seen = await fixture.json()
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  return { own, answer: String(answer), seen, localPort, localAddress }
}

test.each([
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
])('a server over %s on a free port of %s', async (family, host) => {
  const { own, answer, seen, localPort } = await talkToServer(family, { host, port: 0 })
  expect(own).toEqual({ family, host, port: expect.any(Number) })
  expect(own.port).toBeGreaterThan(0)
  expect(answer).toBe('got hello')
  const client = { family, host, port: localPort }
  expect(seen).toEqual({ own, local: own, from: client, peer: client, end: 'bye' })
})

test('a server over a UNIX socket, whose clients have no path', async () => {
  const path = join(temporaryFolder(), 'socket')
  const { own, answer, seen } = await talkToServer('unix', { path })
  expect(own).toEqual({ family: 'unix', path })
  expect(answer).toBe('got hello')
  const client = { family: 'unix', path: '' }
  expect(seen).toEqual({ own, local: own, from: client, peer: client, end: 'bye' })
})

/** The fixture's connect against Node's own server. */
async function talkToClient(family: string, options: ListenOptions) {
  const server = createServer(socket => socket.once('data', data => socket.end(`got ${data}`)))
  onTestFinished(() => void server.close())
  server.listen(options)
  await once(server, 'listening')
  const address = server.address()
  const to = typeof address === 'string' ? { path: address } : { ...options, ...address }
  return { to, ...(await ask('client', family, JSON.stringify(to))) }
}

test.each([
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
])('a client over %s', async (family, host) => {
  const { to, peer, own, text } = await talkToClient(family, { host, port: 0 })
  expect(text).toBe('got hello')
  expect(peer).toEqual({ family, host, port: to.port })
  expect(own).toEqual({ family, host, port: expect.any(Number) })
  expect(own.port).not.toBe(to.port)
})

test('a client over a UNIX socket', async () => {
  const path = join(temporaryFolder(), 'socket')
  const { peer, own, text } = await talkToClient('unix', { path })
  expect(text).toBe('got hello')
  expect(peer).toEqual({ family: 'unix', path })
  expect(own).toEqual({ family: 'unix', path: '' })
})

test('the longest path that a UNIX address can hold', async () => {
  const path = join(temporaryFolder(), 'x').padEnd(107, 'x')
  expect(await ask('longPath', path)).toEqual({ family: 'unix', path })
})

test('an abstract name begins with a null character, and is no file', async () => {
  const name = `truefork-test-${process.pid}`
  const named = { family: 'unix', path: `\0${name}` }
  expect(await ask('abstract', name)).toEqual({
    own: named,
    peer: named,
    from: { family: 'unix', path: '' },
    listed: [`@${name}`],
  })
})

test('socketpair: two ends without a name', async () => {
  const unnamed = { family: 'unix', path: '' }
  expect(await ask('unnamed')).toEqual([unnamed, unnamed])
  expect(await ask('socketpair')).toEqual(['there', 'and back'])
})

test('a SOCK_SEQPACKET pair keeps messages apart', async () => {
  expect(await ask('packets')).toEqual(['one', 'two'])
})

test('recv: MSG_PEEK leaves what it reads, MSG_DONTWAIT does not wait', async () => {
  expect(await ask('peek')).toEqual({
    nothing: 'EAGAIN',
    seen: ['head and rest', 'head', 'head ', 'and rest'],
    noSocket: 'ENOTSOCK',
    end: 0,
  })
})

test('recv: a signal ends the wait', async () => {
  expect(await ask('recvInterrupted')).toEqual(['EINTR', 1])
})

test('shutdown ends one direction, and writing there is EPIPE', async () => {
  expect(await ask('shutdown')).toEqual([0, 'still', 'EPIPE'])
})

test('options are set, and come back as they are', async () => {
  expect(await ask('options')).toEqual({
    type: true,
    reuse: [1, 0],
    reusePort: 1,
    keepAlive: 1,
    noDelay: 1,
    send: true,
    receive: true,
    linger: [-1, 7, 0, -1],
    error: 0,
    listening: [0, 1],
    v6only: 1,
  })
})

test('SO_REUSEPORT lets two sockets have one port', async () => {
  expect(await ask('reusePort')).toBe(true)
})

test('O_NONBLOCK: EAGAIN from accept, read and write; an accepted socket does not inherit it', async () => {
  expect(await ask('nonBlocking')).toEqual({
    empty: 'EAGAIN',
    blocks: true,
    nothing: 'EAGAIN',
    short: true,
    full: 'EAGAIN',
  })
})

test('connect leaves a blocking socket blocking', async () => {
  expect(await ask('connectKeepsFlags')).toBe(true)
})

test('a blocking connect waits while the accept queue of a UNIX socket is full', async () => {
  const fixture = startFixture('posix/sockets', ['fullQueue', join(temporaryFolder(), 'socket')])
  const child = Number((await fixture.line(/child (\d+)/))[1])
  await untilAsleep(child)
  expect(stat(child).parent).toBe(fixture.pid) // it has not ended with an error
  fixture.tell('accept')
  expect(await fixture.json()).toEqual({ early: null, kind: 'exited', code: 0 })
})

test('inet_pton and inet_ntop: IPv4', async () => {
  const texts = [
    '127.0.0.1',
    '255.0.10.1',
    '127.1',
    '010.0.0.1',
    '1.2.3.4.5',
    '256.0.0.1',
    ' 1.2.3.4',
  ]
  expect(await ask('addresses', 'IPv4', ...texts)).toEqual([
    ['7f000001', '127.0.0.1'],
    ['ff000a01', '255.0.10.1'],
    ...[null, null, null, null, null],
  ])
})

test('inet_pton and inet_ntop: IPv6, in its shortest form', async () => {
  const texts = ['2001:DB8:0:0::1', '::ffff:1.2.3.4', '1.2.3.4', ':::', 'fe80::1%lo', '1::2::3', '']
  expect(await ask('addresses', 'IPv6', ...texts)).toEqual([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000ffff01020304', '::ffff:1.2.3.4'],
    ...[null, null, null, null, null],
  ])
})

test('inet_pton and inet_ntop: no other family', async () => {
  expect(await ask('otherFamily')).toMatchObject([
    { code: 'EAFNOSUPPORT', syscall: 'inet_pton' },
    { code: 'EAFNOSUPPORT', syscall: 'inet_ntop' },
  ])
})
