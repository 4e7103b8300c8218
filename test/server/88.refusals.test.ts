import { expect, test } from 'vitest'
import { linesPerSecond } from '../../src/server/refusalLines.ts'
import { startConfigured } from '../support/configured.ts'
import { startFixture } from '../support/fixture.ts'
import { stat } from '../support/proc.ts'
import { isServed, refusedBy } from '../support/refusals.ts'
import {
  fixtureFile,
  listeningSocket,
  type Program,
  socketsOf,
  startCommand,
  startProgram,
  startServer,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const deny = ['--access', 'deny 127.0.0.0/8']
const say = (text: string) => ['--refuse-message', text]

/** What clients do while the daemon is stopped, it finds done when it accepts them. */
async function whileStopped<T>(server: Program, action: () => Promise<T>): Promise<T> {
  server.signal('SIGSTOP')
  await until(() => stat(server.daemon).state === 'T')
  const result = await action()
  server.signal('SIGCONT')
  return result
}

test('--overload refuse: over --max-children, clients are accepted and closed; it heals', async () => {
  const args = ['--max-children', 2, '--overload', 'refuse', ...say('full\\n')]
  const server = await startServer('talk.mjs', args)
  const [first] = [await server.served(), await server.served()]
  expect(await (await server.client()).rest()).toBe('full\n')
  await server.log(/^truefork: rejected client=\S+ reason=overload detail="2 server processes"$/)
  expect(await refusedBy(server)).toBe('overload: 1')
  await first.finish()
  await until(() => server.children().length === 1)
  expect(await (await server.client()).ask('hello')).toBe('hello')
})

test('--overload refuse: of 40 who come at once, five are served', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 5, '--overload', 'refuse'])
  const crowd = await Promise.all(Array.from({ length: 40 }, () => server.client()))
  const said = await Promise.all(crowd.map(client => client.ask('hello').catch(() => 'refused')))
  expect(said.filter(text => text === 'hello')).toHaveLength(5)
  expect(server.children()).toHaveLength(5)
  expect(await refusedBy(server)).toBe('overload: 35')
})

test('--overload refuse: while the server drains, who waits is not kept waiting', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 1, '--overload', 'refuse'])
  const first = await server.served()
  const late = await server.client()
  server.signal('SIGTERM')
  expect(await late.rest()).toBe('')
  await first.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('SIGHUP changes wait to refuse, and back', async () => {
  const { server, rewrite } = await startConfigured('max-children = 1\n')
  const first = await server.served()
  const second = await server.client()
  await rewrite('max-children = 1\noverload = "refuse"\n')
  expect(await second.rest()).toBe('')
  await rewrite('max-children = 1\n')
  const third = await server.client()
  third.send('hello')
  expect(await refusedBy(server)).toBe('overload: 1')
  await first.finish()
  expect(await third.line()).toBe('hello')
})

test('the message, with its escapes, and the end', async () => {
  const server = await startServer('talk.mjs', [...deny, ...say('a\\tb \\\\n \\u20ac\\r\\n')])
  const client = await server.client()
  expect(await client.rest()).toBe('a\tb \\n €\r\n')
  expect(client.error).toBeUndefined()
})

test('in the file the escapes are those of TOML; SIGHUP changes the message', async () => {
  const text = 'access = ["deny all"]\n'
  const { server, rewrite } = await startConfigured(`${text}refuse-message = "no\\n"\n`)
  expect(await (await server.client()).rest()).toBe('no\n')
  await rewrite(`${text}refuse-message = 'not \\n now'\n`)
  expect(await (await server.client()).rest()).toBe('not \\n now')
  await rewrite(text)
  expect(await (await server.client()).rest()).toBe('')
})

test('whoever has sent something before gets the message whole, and no reset', async () => {
  const server = await startServer('talk.mjs', [...deny, ...say('x'.repeat(1024))])
  const client = await whileStopped(server, async () => {
    const sender = startFixture('server/sender', ['sendFirst', server.port, 10_000])
    await sender.line(/sent/)
    return sender
  })
  await until(() => server.logged(/rejected/).length === 1)
  client.tell('read')
  expect(await client.json()).toEqual({ received: 1024, error: null })
})

test('clients who do not read, and clients who are gone, do not hold the daemon up', async () => {
  const text = `access = ["deny 127.0.0.2"]\nrefuse-message = "${'x'.repeat(1024)}"\n`
  const { server } = await startConfigured(text)
  await whileStopped(server, async () => {
    const crowd = Array.from({ length: 100 }, () => server.client('127.0.0.1', '127.0.0.2'))
    for (const [index, client] of (await Promise.all(crowd)).entries()) {
      client.socket.pause()
      if (index % 2 === 0) client.socket.resetAndDestroy()
      else if (index % 3 === 0) client.socket.write('y'.repeat(100_000))
    }
  })
  expect(await isServed(server)).toBe(true)
  await until(() => server.children().length === 0)
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
  expect(server.logged(/error/)).toEqual([])
})

const lines = (server: Program) => server.logged(/^truefork: rejected client=/)
const sums = (server: Program) =>
  server.logged(/^truefork: rejected reason=\S+ suppressed=\d+$/).map(line => {
    const [, reason, count] = /reason=(\S+) suppressed=(\d+)$/.exec(line)!
    return { reason, count: Number(count) }
  })
const counted = (server: Program) => sums(server).reduce((sum, { count }) => sum + count, 0)

async function denied(server: Program, count: number, from: (index: number) => string) {
  const crowd = Array.from({ length: count }, (_, index) => server.client('127.0.0.1', from(index)))
  for (const client of await Promise.all(crowd)) await client.rest()
}

test('a flood from one address: a line a second, and the sum of the others', async () => {
  const server = await startServer('talk.mjs', deny)
  const start = performance.now()
  await denied(server, 200, () => '127.0.0.1')
  await until(() => lines(server).length + counted(server) === 200)
  const seconds = (performance.now() - start) / 1000
  expect(lines(server).length).toBeGreaterThan(0)
  expect(lines(server).length).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
  expect(sums(server)[0]).toMatchObject({ reason: 'access' })
  expect(await refusedBy(server)).toBe('access: 200')
})

test('a flood from many addresses: so many lines a second, and the sum', async () => {
  const server = await startServer('talk.mjs', deny)
  const start = performance.now()
  await denied(server, 200, index => `127.0.1.${index + 1}`)
  await until(() => lines(server).length + counted(server) === 200)
  const seconds = (performance.now() - start) / 1000
  expect(lines(server).length).toBeGreaterThanOrEqual(linesPerSecond)
  expect(lines(server).length).toBeLessThanOrEqual(linesPerSecond * (Math.ceil(seconds) + 1))
})

test('what was not said is said before the end', async () => {
  const server = await startServer('talk.mjs', deny)
  await denied(server, 50, () => '127.0.0.1')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(lines(server).length + counted(server)).toBe(50)
  expect(server.stderr.all.at(-1)).toBe('truefork: stopped accepted=50')
})

test('at level debug each has its line', async () => {
  const server = await startServer('talk.mjs', [...deny, '--log-level', 'debug'])
  await denied(server, 50, () => '127.0.0.1')
  await until(() => lines(server).length === 50)
  expect(sums(server)).toEqual([])
})

test('in JSON', async () => {
  const args = ['serve', fixtureFile('talk.mjs'), '--port', 0, '--log', 'json', ...deny]
  const server = startCommand(args)
  server.port = JSON.parse(await server.log(/"listening"/)).port
  await denied(server, 50, () => '127.0.0.1')
  const common = { time: expect.any(String), event: 'rejected', pid: server.pid, reason: 'access' }
  const client = expect.stringMatching(/^127\.0\.0\.1:\d+$/)
  const line = JSON.parse(await server.log(/"rejected"/))
  expect(line).toEqual({ ...common, client, detail: 'deny 127.0.0.0/8' })
  const sum = JSON.parse(await server.log(/"suppressed"/))
  expect(sum).toEqual({ ...common, suppressed: expect.any(Number) })
  server.signal('SIGUSR1')
  const status = JSON.parse(await server.log(/"status"/))
  expect(status).toMatchObject({ accepted: 50, rejected: 50, refused: { access: 50 } })
})

test('a listener hears of each', async () => {
  const program = startProgram('api.mjs', ['events', JSON.stringify({ access: ['deny all'] })])
  program.port = (await program.json()).port
  await denied(program, 20, () => '127.0.0.1')
  const rejected = () => program.stdout.all.filter(line => line.includes('"rejected"'))
  await until(() => rejected().length === 20)
  expect(JSON.parse(rejected()[0]!)).toMatchObject({ reason: 'access', detail: 'deny all' })
})
