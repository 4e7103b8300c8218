import { expect, test } from 'vitest'
import { descriptors } from '../support/proc.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

/** What a method of the connection makes of what the client sends. */
async function use(method: string, data: string | Uint8Array = '') {
  const server = await startServer('connection.mjs')
  const client = await server.client()
  client.send(method)
  client.socket.write(data)
  return (await client.finish()).trimEnd()
}

test("the addresses are those of the client's socket, and fd is the descriptor", async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  const { fd, ...addresses } = JSON.parse(await client.ask('addresses'))
  expect(addresses).toEqual({
    remoteAddress: client.socket.localAddress,
    remotePort: client.socket.localPort,
    localAddress: '127.0.0.1',
    localPort: server.port,
  })
  expect(descriptors(client.server).get(fd)).toMatch(/^socket:/)
})

test('read() returns what there is, then null for ever', async () => {
  expect(JSON.parse(await use('read', 'abc')).join('')).toBe('abc')
  expect(await use('read')).toBe('[]')
})

test('read(maxBytes) returns no more', async () => {
  expect(await use('readAtMost 3', 'abcdefgh')).toBe('["abc","def","gh"]')
})

test('read(0) is a RangeError', async () => {
  expect(await use('readNothing')).toBe(
    'RangeError: maxBytes: expected a whole number from 1, got 0',
  )
})

test('readLine() takes \\n, \\r\\n and an unfinished last line', async () => {
  expect(JSON.parse(await use('readLines', 'one\ntwo\r\n\n\r\nmid\rdle\nlast'))).toEqual([
    'one',
    'two',
    '',
    '',
    'mid\rdle',
    'last',
  ])
})

test('readLine() decodes UTF-8 that arrives in pieces', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  const bytes = Buffer.from('grün€\n')
  for (const byte of bytes) {
    await new Promise<void>(resolve => client.socket.write(Uint8Array.of(byte), () => resolve()))
  }
  expect(await client.line()).toBe('grün€')
})

test('a line that is too long is an error, a line that just fits is not', async () => {
  expect(await use('readShortLines 5', '12345\n1234\r\n')).toBe('["12345","1234"]')
  expect(await use('readShortLines 5', '123456\n')).toBe(
    'RangeError: the client sent a line of over 5 bytes',
  )
  expect(await use('readShortLines 5', '123456')).toMatch(/^RangeError/)
})

test('after lines, read() goes on where the last line ended', async () => {
  expect(await use('lineThenBytes', 'line\nabcde')).toBe('["line","abc","de"]')
})

test('a long line of many chunks', async () => {
  const line = 'x'.repeat(60_000)
  expect(JSON.parse(await use('readLines', `${line}\n${line}\n`))).toEqual([line, line])
})

test('a connection is iterable by chunk', async () => {
  const text = '0123456789'.repeat(50_000)
  expect(JSON.parse(await use('iterate', text))).toBe(text)
})

test('write() takes bytes, too', async () => {
  expect(await use('writeBytes')).toBe('two')
})

test('end() ends the sending side; what the client still sends can be read', async () => {
  const server = await startServer('connection.mjs')
  const client = await server.client()
  client.send('end')
  expect(await client.rest()).toBe('before the end\n')
  client.socket.end('still sent')
  await server.log(/^after the end: still sent$/)
  await until(() => server.children().length === 0)
  expect(server.logged(/error|exited/)).toEqual([])
})

test.each(['socketAfterRead', 'forAwaitAfterRead'])('%s is refused', async method => {
  expect(await use(method)).toBe(
    'Error: connection: its socket cannot be used after its blocking methods have been: both would read the same bytes',
  )
})

test('without a configuration file the settings are empty', async () => {
  const server = await startServer('talk.mjs')
  expect(await (await server.client()).ask('settings')).toBe('{}')
})
