import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, listeners, startListening } from '../support/listening.ts'
import { stat } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  runCommand,
  socketsOf,
  startCommand,
  startServer,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }
const ask = (...args: string[]) => askFixture('server/listen', args)
const portIn = (address: string) => Number(address.split(':').at(-1))

test('a line for each address, in their order, and clients of each', async () => {
  const socket = `unix:${join(temporaryFolder(), 'socket')}`
  const { server, where } = await startListening(['127.0.0.1:0', '[::1]:0', socket, 'localhost:0'])
  expect(where).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^\[::1\]:\d+$/),
    socket,
    expect.stringMatching(/^(127\.0\.0\.1|\[::1\]):\d+$/),
  ])
  expect(server.stderr.all).toHaveLength(4)
  expect(socketsOf(server.pid)).toHaveLength(4)
  for (const address of where) {
    const client = await clientOf(address)
    expect(await client.ask(`hello ${address}`)).toBe(`hello ${address}`)
  }
})

test('a server process holds none of them', async () => {
  const { server, where } = await startListening(['127.0.0.1:0', '[::1]:0'])
  const client = await clientOf(where[1]!)
  const [pid] = (await client.ask('who')).split(' ')
  expect(socketsOf(Number(pid))).toHaveLength(1)
  await until(() => !socketsOf(server.pid).includes(socketsOf(Number(pid))[0]!))
})

test(':: is for both families, another address of IPv6 for its own', async () => {
  const { where } = await startListening(['[::]:0', '[::1]:0'])
  const [both, own] = where.map(portIn)
  const seen = async (address: string) =>
    JSON.parse(await (await clientOf(address)).ask('addresses')).remoteAddress
  expect(await seen(`127.0.0.1:${both}`)).toBe('::ffff:127.0.0.1')
  expect(await seen(`[::1]:${both}`)).toBe('::1')
  await expect(clientOf(`127.0.0.1:${own}`)).rejects.toThrow(/ECONNREFUSED/)
})

// Everybody waits before the daemon process can accept anybody: the order is its own choice.
test.each(['fork', 'sequential'])('%s: clients are taken from each in turn', async model => {
  const folder = temporaryFolder()
  const addresses = ['one', 'two', 'three'].map(name => `unix:${join(folder, name)}`)
  const { server } = await startListening(addresses, ['--log-level', 'debug', '--model', model])
  process.kill(server.pid, 'SIGSTOP')
  await until(() => stat(server.pid).state === 'T')
  for (const [index, address] of addresses.entries()) {
    for (let count = 0; count < 10 - 4 * index; count++) (await clientOf(address)).socket.end()
  }
  process.kill(server.pid, 'SIGCONT')
  await server.log(/^truefork: accepted /, 18)
  const order = server.logged(/^truefork: accepted /).map(line => line.split('/').at(-1))
  const turns = ['one', 'two', 'three']
  expect(order.slice(0, 6)).toEqual([...turns, ...turns])
  expect(order.slice(6, 14)).toEqual(Array(4).fill(['one', 'two']).flat())
  expect(order.slice(14)).toEqual(Array(4).fill('one'))
})

test('SIGTERM serves who waits, wherever that is, then nobody listens anywhere', async () => {
  const { server, where } = await startListening(
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['--max-children', 1],
  )
  const first = await clientOf(where[0]!)
  await first.ask('served')
  const waiting = [await clientOf(where[0]!), await clientOf(where[1]!)]
  server.signal('SIGTERM')
  await server.log(/draining/)
  await first.finish()
  const served = waiting.map(async client => {
    expect(await client.ask('served yet')).toBe('served yet')
    await client.finish()
  })
  await Promise.all(served)
  expect(await server.ended()).toEqual(inOrder)
  for (const address of where) await expect(clientOf(address)).rejects.toThrow(/ECONNREFUSED/)
})

test('if one cannot be bound, none is: what was opened before is closed again', async () => {
  const other = await startServer('echo.mjs')
  const path = join(temporaryFolder(), 'socket')
  const port = String(other.port)
  const { error, sockets, files } = await ask('allOrNothing', path, port)
  expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind' })
  expect({ sockets, files }).toEqual({ sockets: 0, files: [] })
})

test('the error says which of them is in use', async () => {
  const { where } = await startListening(['127.0.0.1:0'])
  const args = ['--listen', '127.0.0.1:0', '--listen', where[0]!]
  const { code, err } = await runCommand(['serve', fixtureFile('echo.mjs'), ...args])
  expect(code).toBe(71)
  expect(err).toEqual([expect.stringMatching(`^truefork: bind ${where[0]}: .*EADDRINUSE`)])
})

test('in the background the top process prints a line for each, with the pid of the daemon', async () => {
  const socket = `unix:${join(temporaryFolder(), 'socket')}`
  const { server, where } = await startListening(['127.0.0.1:0', socket], ['--daemon'])
  expect(await server.ended()).toEqual(inOrder)
  expect(where[1]).toBe(socket)
  expect(socketsOf(server.daemon)).toContain(listeningSocket(portIn(where[0]!)))
  for (const address of where) expect(await (await clientOf(address)).ask('hello')).toBe('hello')
})

test('the file may list them; host and port of the command line take their place', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'listen = ["127.0.0.2:0", "127.0.0.3:0"]\n')
  const start = async (count: number, ...args: (string | number)[]) => {
    const command = ['serve', fixtureFile('talk.mjs'), '--config', file, ...args]
    return listeners(startCommand(command), count)
  }
  expect(await start(2)).toEqual([
    expect.stringMatching(/^127\.0\.0\.2:/),
    expect.stringMatching(/^127\.0\.0\.3:/),
  ])
  expect(await start(1, '--listen', '127.0.0.4:0')).toEqual([
    expect.stringMatching(/^127\.0\.0\.4:/),
  ])
  expect(await start(1, '--port', 0)).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)])
})

test('a reload tells that a changed list needs a new start, and an equal one does not', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'listen = ["127.0.0.1:0"]\n')
  const server = startCommand(['serve', fixtureFile('talk.mjs'), '--config', file])
  await listeners(server, 1)
  server.signal('SIGHUP')
  expect(await server.log(/reloaded/)).toMatch(/needs-upgrade=none$/)
  writeFileSync(file, 'listen = ["127.0.0.1:0", "127.0.0.2:0"]\n')
  server.signal('SIGHUP')
  expect(await server.log(/reloaded/, 2)).toMatch(/needs-upgrade=listen$/)
})

const expected = 'HOST:PORT, [IPV6]:PORT or unix:PATH, a path of at most 107 bytes'

test('--listen with what is no address: status 64', async () => {
  const args = ['serve', fixtureFile('echo.mjs'), '--listen', '127.0.0.1']
  const { code, err } = await runCommand(args)
  expect({ code, err }).toEqual({
    code: 64,
    err: [`truefork: --listen: expected ${expected}, got '127.0.0.1'`],
  })
})

test('what is an address, and what is none', async () => {
  const parsed = (texts: string[]) => ask('parse', ...texts)
  expect(await parsed(['127.0.0.1:80', 'localhost:0', '[fe80::1%lo]:65535'])).toEqual([
    { host: '127.0.0.1', port: 80 },
    { host: 'localhost', port: 0 },
    { host: 'fe80::1%lo', port: 65535 },
  ])
  expect(await parsed(['unix:/run/a b:c', 'unix:./a/../b', `unix:/${'x'.repeat(106)}`])).toEqual([
    { path: '/run/a b:c' },
    { path: join(process.cwd(), 'b') },
    { path: `/${'x'.repeat(106)}` },
  ])
  const wrong = ['7777', ':7777', '::1:7777', '[::1]', '127.0.0.1:65536', '127.0.0.1:', '', 'a:-1']
  expect(await parsed(wrong)).toEqual(wrong.map(() => null))
  const paths = ['unix:', 'unix:@abstract', `unix:/${'x'.repeat(107)}`, `unix:/${'é'.repeat(60)}`]
  expect(await parsed(paths)).toEqual(paths.map(() => null))
})

test.each(['host', 'port'])('--listen beside --%s: status 64', async name => {
  const given = ['--listen', '127.0.0.1:0', `--${name}`, name === 'port' ? '0' : '::1']
  const { code, err } = await runCommand(['serve', fixtureFile('echo.mjs'), ...given])
  expect(code).toBe(64)
  expect(err).toEqual([
    `truefork: --listen: not together with ${name}: it names an address as a whole`,
  ])
})

test('both in the file: status 78, with the line', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'port = 80\nlisten = "127.0.0.1:0"\n')
  const { code, err } = await runCommand(['serve', fixtureFile('echo.mjs'), '--config', file])
  expect({ code, err }).toEqual({
    code: 78,
    err: [`truefork: ${file}:2: listen: not together with port: it names an address as a whole`],
  })
})

test('serve() refuses an address that is none, and both ways at once', async () => {
  const messages = [
    `listen: expected ${expected}, got '127.0.0.1'`,
    `listen: expected ${expected}, got []`,
    'listen: not together with host and port: it names an address as a whole',
  ]
  expect(await ask('refusals')).toEqual(messages.map(message => ({ name: 'TypeError', message })))
})
