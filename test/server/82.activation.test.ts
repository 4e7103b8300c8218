import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, listeners } from '../support/listening.ts'
import { startPassed, statusOf } from '../support/manager.ts'
import { descriptors, isCloseOnExec } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  socketsOf,
  startCommand,
  startServer,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const portIn = (address: string) => Number(address.split(':').at(-1))

test('passed sockets are served, in place of the default address', async () => {
  const path = join(temporaryFolder(), 'socket')
  const manager = startPassed(['tcp:127.0.0.1', 'tcp:::1', `unix:${path}`])
  const where = await listeners(manager, 3)
  expect(where).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^\[::1\]:\d+$/),
    `unix:${path}`,
  ])
  expect(socketsOf(manager.daemon)).toHaveLength(3)
  for (const address of where) {
    const client = await clientOf(address)
    expect(await client.ask('hello')).toBe('hello')
    const [pid] = (await client.ask('who')).split(' ')
    expect(socketsOf(Number(pid))).toHaveLength(1)
  }
})

test('they stay on their descriptors, which no program started from here inherits', async () => {
  const manager = startPassed(['tcp:127.0.0.1', 'tcp:127.0.0.1'])
  const where = await listeners(manager, 2)
  const open = descriptors(manager.daemon)
  expect([3, 4].map(fd => open.get(fd))).toEqual(where.map(name => listeningSocket(portIn(name))))
  expect([3, 4].map(fd => isCloseOnExec(manager.daemon, fd))).toEqual([true, true])
})

test('the variables are gone for whatever a handler starts', async () => {
  const manager = startPassed(['web=tcp:127.0.0.1'])
  const [address] = await listeners(manager, 1)
  const client = await clientOf(address!)
  expect(await client.ask('environment LISTEN_')).toBe('[]')
})

test('their names stand in the log', async () => {
  const manager = startPassed(['web=tcp:127.0.0.1', 'tcp:::1'], ['--log', 'json'])
  const events = [1, 2].map(async count => JSON.parse(await manager.log(/"listening"/, count)))
  expect(await Promise.all(events)).toEqual([
    expect.objectContaining({ host: '127.0.0.1', name: 'web' }),
    expect.objectContaining({ host: '::1', name: 'unknown' }),
  ])
})

test('an address that is asked for is opened beside them', async () => {
  const manager = startPassed(['tcp:127.0.0.1'], ['--listen', '127.0.0.2:0'])
  expect(await listeners(manager, 2)).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:/),
    expect.stringMatching(/^127\.0\.0\.2:/),
  ])
})

test('a socket that was only bound is made to listen', async () => {
  const manager = startPassed(['tcp:127.0.0.1'], [], { env: { BOUND_ONLY: '1' } })
  const [address] = await listeners(manager, 1)
  expect(await (await clientOf(address!)).ask('hello')).toBe('hello')
})

test('a stop leaves them as they are: who waits is served after the next start', async () => {
  const path = join(temporaryFolder(), 'socket')
  const manager = startPassed(['tcp:127.0.0.1', `unix:${path}`], ['--max-children', 1])
  const where = await listeners(manager, 2)
  const first = await clientOf(where[0]!)
  await first.ask('served')
  const waiting = [await clientOf(where[0]!), await clientOf(where[1]!)]
  manager.signal('SIGTERM')
  await manager.log(/draining/)
  await first.finish()
  expect(await statusOf(manager)).toBe(0)
  expect(existsSync(path)).toBe(true)
  expect(listeningSocket(portIn(where[0]!))).toBeDefined()

  waiting.push(await clientOf(where[0]!))
  manager.tell('again')
  expect(await listeners(manager, 2)).toEqual(where)
  const served = waiting.map(async client => {
    expect(await client.ask('served yet')).toBe('served yet')
    await client.finish()
  })
  await Promise.all(served)
})

test('in the background, too', async () => {
  const manager = startPassed(['tcp:127.0.0.1'], ['--daemon'])
  const [address] = await listeners(manager, 1)
  expect(await statusOf(manager)).toBe(0)
  const client = await clientOf(address!)
  expect(await client.ask('hello')).toBe('hello')
  expect(await client.ask('environment LISTEN_')).toBe('[]')
})

test('and in the sequential model', async () => {
  const manager = startPassed(['tcp:127.0.0.1', 'tcp:::1'], ['--model', 'sequential'])
  for (const address of await listeners(manager, 2)) {
    const client = await clientOf(address)
    expect(await client.ask('who')).toMatch(new RegExp(`^${manager.daemon} `))
    await client.finish()
  }
  manager.signal('SIGTERM')
  expect(await statusOf(manager)).toBe(0)
})

test('a program that calls serve() and was started by truefork run', async () => {
  const under = ['python3', fixtureFile('manager.py'), 'tcp:127.0.0.1', '--']
  const program = startCommand(['run', fixtureFile('passed.mjs')], { under })
  const [address] = await listeners(program, 1)
  expect(await (await clientOf(address!)).ask('hello')).toBe('hello')
})

test('what was passed to another process is nothing to us', async () => {
  const server = await startServer('talk.mjs', [], { env: { LISTEN_PID: '1', LISTEN_FDS: '1' } })
  expect(server.port).toBeGreaterThan(0)
  expect(await (await server.client()).ask('environment LISTEN_')).toBe('[]')
})

test.each([
  ['a datagram socket', 'dgram', 'is no stream socket: the unit needs ListenStream='],
  ['one connection', 'pair', 'is one connection: the unit needs Accept=no'],
  ['a file', 'file', 'is no socket'],
])('%s cannot be served: status 78', async (_, socket, reason) => {
  const manager = startPassed(['tcp:127.0.0.1', `bad=${socket}`])
  expect(await statusOf(manager)).toBe(78)
  expect(manager.stderr.all).toEqual([`truefork: LISTEN_FDS: 4 (bad) ${reason}`])
})

test('more announced than passed', async () => {
  const manager = startPassed(['tcp:127.0.0.1'], [], { env: { LISTEN_FDS: '9' } })
  expect(await statusOf(manager)).toBe(78)
  expect(manager.stderr.all).toEqual([expect.stringMatching(/^truefork: LISTEN_FDS: \d .* is no/)])
  await until(() => manager.relatives().length === 1)
})
