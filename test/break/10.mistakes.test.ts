// Each mistake is made, and seen as the text says that it is seen.
import { expect, test } from 'vitest'
import { descriptors, exists, stat } from '../support/proc.ts'
import {
  childrenNow,
  listeningSocket,
  type Program,
  runCommand,
  socketsOf,
  startServer,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const broken = (name: string, handler = 'talk.mjs', ...args: (string | number)[]) =>
  startServer(handler, ['--break', name, ...args])

const zombies = ({ daemon }: Program) =>
  childrenNow(daemon).filter(pid => stat(pid).state === 'Z').length

const hasEnded = ({ daemon }: Program) => childrenNow(daemon).every(pid => stat(pid).state === 'Z')

/** Asks again and again for half a second: what is seen each time is not about to go. */
async function stays(ask: () => boolean): Promise<void> {
  const end = Date.now() + 500
  await until(() => {
    expect(ask()).toBe(true)
    return Date.now() > end
  })
}

async function visit(server: Program): Promise<void> {
  await (await server.served()).finish()
}

test('it says what is broken and how to see it, with its own port and pid', async () => {
  const server = await broken('race-signal')
  expect(await server.log(/BROKEN/)).toContain('on purpose, race-signal: the daemon process looks')
  expect(await server.log(/so that it can be seen/)).toContain('0.2 s')
  expect(await server.log(/truefork: try:/)).toContain(`nc -N 127.0.0.1 ${server.port};`)
  expect(await server.log(/truefork: see:/)).toContain('zombie')
})

test('leak-accepted: the client never meets the end, and descriptors run out', async () => {
  const server = await broken('leak-accepted')
  const before = socketsOf(server.daemon).length
  const talks = [await server.served(), await server.served()]
  for (const talk of talks) talk.socket.end()
  await until(() => server.children().length === 0)
  expect(socketsOf(server.daemon).length).toBe(before + 2)
  await stays(() => talks.every(({ over }) => !over))
})

test('keep-top: the server process holds the port when the daemon process is gone', async () => {
  const server = await broken('keep-top')
  const talk = await server.served()
  const top = listeningSocket(server.port)
  expect([...descriptors(talk.server).values()]).toContain(top)
  server.signal('SIGKILL')
  await until(() => !exists(server.daemon))
  const next = await runCommand([
    'serve',
    'examples/echo.ts',
    '--allow-root',
    '--port',
    server.port,
  ])
  expect(next.code).toBe(71)
  expect(next.err.join()).toContain('EADDRINUSE')
})

test('no-reap: a zombie for each client, until nobody is served any more', async () => {
  const server = await broken('no-reap', 'talk.mjs', '--max-children', 3)
  for (let client = 0; client < 3; client++) await visit(server)
  await until(() => zombies(server) === 3)
  const fourth = await server.client()
  fourth.send('who')
  await stays(() => zombies(server) === 3 && fourth.pending === '')
  server.signal('SIGTERM')
  await server.log(/draining/)
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('reap-once: of children that end together, all but one stay', async () => {
  const server = await broken('reap-once')
  const talks = await Promise.all(Array.from({ length: 20 }, () => server.served()))
  for (const talk of talks) talk.socket.end()
  await until(() => hasEnded(server))
  server.signal('SIGUSR1')
  await server.log(/ status /)
  await stays(() => zombies(server) > 0 && hasEnded(server))
})

test('no-eintr: the first SIGCHLD is the end', async () => {
  const server = await broken('no-eintr')
  await visit(server)
  expect(await server.ended()).toEqual({ code: 71, signal: null })
  expect(server.stderr.all).toContain('truefork: accept: Interrupted system call (EINTR)')
})

test('no-exit: who has served goes back to accept, and has children', async () => {
  const server = await broken('no-exit')
  const first = await server.served()
  await first.finish()
  await stays(() => exists(first.server) && stat(first.server).state !== 'Z')
  const top = listeningSocket(server.port)
  expect([...descriptors(first.server).values()]).toContain(top)

  server.signal('SIGSTOP') // the daemon process cannot be who accepts the next
  const second = await server.served()
  expect(stat(second.server).parent).toBe(first.server)
  server.signal('SIGKILL')
  await until(() => !exists(first.server) && !exists(second.server))
})

test('stdio-twice: what waited to be written when the process forked is written by all', async () => {
  const server = await broken('stdio-twice')
  for (let client = 0; client < 3; client++) await visit(server)
  const count = (line: string) => server.stdout.all.filter(each => each === line).length
  await until(() => count('client 3 has come') === 1)
  expect([1, 2].map(client => count(`client ${client} has come`))).toEqual([3, 2])
})

test('sigpipe: a client that goes away kills its server process', async () => {
  const server = await broken('sigpipe', 'writesMore.mjs')
  const talk = await server.client()
  await talk.ask('hello')
  talk.socket.destroy()
  expect(await server.log(/reaped/)).toContain('signal=SIGPIPE')
})

test('short-write: a part arrives, and nobody says so', async () => {
  const server = await broken('short-write', 'million.mjs', '--log-level', 'debug')
  expect((await (await server.client()).finish()).length).toBe(65536)
  expect(await server.log(/reaped/)).toContain('exited 0')
})

test('no-reuseaddr: after a restart the port is taken by a connection that is over', async () => {
  const before = await startServer('million.mjs')
  const talk = await before.client()
  await talk.rest() // the server ends first: TIME_WAIT is on its side
  talk.socket.end()
  before.signal('SIGTERM')
  await before.ended()
  const port = ['--allow-root', '--port', before.port]
  const again = await runCommand(['serve', 'examples/echo.ts', ...port, '--break', 'no-reuseaddr'])
  expect(again.code).toBe(71)
  expect(again.err.join()).toContain('EADDRINUSE')
})

test('serve-in-parent: the daemon process itself serves, one client at a time', async () => {
  const server = await broken('serve-in-parent')
  const first = await server.client()
  expect(await first.ask('who')).toMatch(new RegExp(`^${server.daemon} `))
  const second = await server.client()
  second.send('who')
  await stays(() => second.pending === '')
  await first.finish()
  expect(await second.line()).toMatch(new RegExp(`^${server.daemon} `))
})

test('race-signal: a SIGCHLD between check and wait is not acted on', async () => {
  const server = await broken('race-signal')
  await visit(server)
  await until(() => zombies(server) === 1)
  await stays(() => zombies(server) === 1)
  // Whatever wakes it, it acts then.
  const next = await server.served()
  await until(() => server.children().includes(next.server) && zombies(server) === 0)
})
