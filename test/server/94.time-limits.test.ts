import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Activity } from '../../src/server/activity.ts'
import { temporaryFolder } from '../support/folder.ts'
import { exists } from '../support/proc.ts'
import {
  fixtureFile,
  type Program,
  runCommand,
  startCommand,
  startServer,
  type Talk,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const reaped = (server: Program, pid: number) =>
  server.log(new RegExp(`^truefork: reaped child=${pid} `))

/** Goes on asking for longer than the time that a client may be silent. */
async function keepAsking(ask: () => Promise<unknown>, ms: number) {
  const end = performance.now() + ms
  while (performance.now() < end) await ask()
}

test('a silent client is ended, one who talks is not', async () => {
  const server = await startServer('talk.mjs', ['--idle-timeout', 1.5])
  const [silent, talks] = [await server.served(), await server.served()]
  const line = reaped(server, silent.server)
  await keepAsking(() => talks.ask('still here'), 2500)
  expect(await line).toMatch(/ status=SIGTERM children=1 reason=idle-timeout$/)
  expect(exists(silent.server)).toBe(false)
  expect(server.children()).toEqual([talks.server])
  expect(await silent.rest()).toBe('')
  // And now this one is silent, too.
  expect(await reaped(server, talks.server)).toMatch(/ reason=idle-timeout$/)
})

test.each(['asyncFunction.mjs', 'callbacks.mjs'])('in the event loop, %s', async handler => {
  const server = await startServer(handler, ['--idle-timeout', 1.5])
  const talks = await server.client()
  await talks.ask('first')
  const [pid] = server.children()
  await keepAsking(() => talks.ask('still here'), 2500)
  expect(server.children()).toEqual([pid])
  expect(await reaped(server, pid!)).toMatch(/ status=SIGTERM children=0 reason=idle-timeout$/)
  await talks.rest()
})

test('http, which reads past the events of the socket', async () => {
  const server = await startServer('http.mjs', ['--idle-timeout', 1.5])
  const client = await server.client()
  const ask = async () => {
    client.send('GET /path HTTP/1.1\r\nHost: x\r\n\r')
    const text = await until(() => /^(\d+) \/path$/m.exec(client.pending))
    while (client.pending.includes('\n')) await client.line()
    return Number(text[1])
  }
  const pid = await ask()
  await keepAsking(ask, 2500)
  expect(server.children()).toEqual([pid])
  expect(await reaped(server, pid)).toMatch(/ status=SIGTERM children=0 reason=idle-timeout$/)
})

/** Reads as much as comes in equal parts over so long a time. */
async function readSlowly(talk: Talk, ms: number, bytes: number) {
  const { socket } = talk
  socket.removeAllListeners('data')
  let read = talk.pending.length
  socket.on('data', (data: string) => {
    read += data.length
    socket.pause()
  })
  const start = performance.now()
  await until(
    () => {
      if (read < (bytes * (performance.now() - start)) / ms) socket.resume()
      return read === bytes
    },
    { deadline: 20_000, what: `all of the ${bytes} bytes` },
  )
}

test.each([
  ['talk', 'flood.mjs', '40000000'],
  ['event loop', 'asynchronous.mjs', 'flood'],
])('a client who reads slowly is not silent: %s', async (_, handler, command) => {
  const server = await startServer(handler, ['--idle-timeout', 1.5])
  const client = await server.client()
  const bytes = handler === 'flood.mjs' ? 40_000_000 : 20_000_000
  if (handler === 'asynchronous.mjs') await client.ask(command)
  else client.send(command)
  await readSlowly(client, 3000, bytes)
  expect(server.logged(/idle-timeout/)).toEqual([])
})

test('a handler in an endless loop is ended', async () => {
  const idle = await startServer('resources.mjs', ['--idle-timeout', 0.5])
  const other = await startServer('resources.mjs', ['--lifetime', 0.5])
  for (const [server, reason] of [
    [idle, 'idle-timeout'],
    [other, 'lifetime'],
  ] as const) {
    const client = await server.client()
    client.send('burn')
    const line = await server.log(/^truefork: reaped /)
    expect(line).toMatch(new RegExp(` status=SIGTERM children=0 reason=${reason}$`))
  }
})

test('lifetime: also of a client who talks', async () => {
  const server = await startServer('talk.mjs', ['--lifetime', 1, '--idle-timeout', 30])
  const client = await server.served()
  await expect(keepAsking(() => client.ask('still here'), 10_000)).rejects.toThrow()
  expect(await reaped(server, client.server)).toMatch(/ status=SIGTERM .* reason=lifetime$/)
})

test('who does not end by SIGTERM ends by SIGKILL, 5 s later', async () => {
  const server = await startServer('talk.mjs', ['--idle-timeout', 0.5])
  const client = await server.served()
  expect(await client.ask('ignore SIGTERM')).toBe('ignored')
  const before = performance.now()
  expect(await reaped(server, client.server)).toMatch(/ status=SIGKILL .* reason=idle-timeout$/)
  expect(performance.now() - before).toBeGreaterThan(5000)
})

test('an end in order is shown, too, with its reason', async () => {
  const server = await startJson('--idle-timeout', 0.5)
  const client = await server.served()
  expect(await client.ask('catch SIGTERM')).toBe('set')
  expect(await client.line()).toBe('caught SIGTERM')
  client.send('return 0')
  const event = JSON.parse(await server.log(/"reaped"/))
  expect(event).toMatchObject({ child: client.server, code: 0, reason: 'idle-timeout' })
})

async function startJson(...args: (string | number)[]) {
  const server = startCommand([
    'serve',
    fixtureFile('talk.mjs'),
    '--allow-root',
    ...['--port', 0, '--log', 'json', ...args],
  ])
  const listening = JSON.parse(await server.log(/"listening"/))
  server.port = listening.port
  return server
}

test('the place of a silent client goes to the next', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 1, '--idle-timeout', 0.5])
  const silent = await server.served()
  const next = await server.client()
  next.send('who')
  expect(await next.line()).toMatch(/^\d+ \d+$/)
  expect(exists(silent.server)).toBe(false)
})

test('steady traffic keeps nobody alive', async () => {
  const server = await startServer('talk.mjs', ['--idle-timeout', 1])
  const silent = await server.served()
  const line = reaped(server, silent.server)
  let isOver = false
  line.finally(() => {
    isOver = true
  })
  while (!isOver) await (await server.served()).finish()
  expect(await line).toMatch(/ reason=idle-timeout$/)
})

test('a server that drains does not wait for silent clients longer than it has to', async () => {
  const server = await startServer('talk.mjs', ['--idle-timeout', 1])
  const client = await server.served()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.logged(/reaped/)).toEqual([
    expect.stringMatching(`child=${client.server} .* reason=idle-timeout$`),
  ])
})

test('SIGHUP changes the limits of those who come', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, '')
  const server = await startServer('talk.mjs', ['--config', file])
  const old = await server.served()
  writeFileSync(file, 'idle-timeout = 0.5\nlifetime = 60\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* changed=idle-timeout,lifetime /)
  const young = await server.served()
  expect(await reaped(server, young.server)).toMatch(/ reason=idle-timeout$/)
  writeFileSync(file, '')
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded /, 2)
  expect(await old.ask('still here')).toBe('still here')
})

test('without limits, nothing wakes the daemon process and nothing is shared', async () => {
  const sharedPages = (pid: number) =>
    readFileSync(`/proc/${pid}/maps`, 'utf8').match(/ rw-s .*\/dev\/zero/g)?.length ?? 0
  const [plain, limited] = [
    await startServer('talk.mjs'),
    await startServer('talk.mjs', ['--idle-timeout', 60]),
  ]
  await plain.served()
  await limited.served()
  expect(sharedPages(limited.daemon)).toBeGreaterThan(sharedPages(plain.daemon))
})

test('a client who goes by himself leaves his place, which the next takes', async () => {
  const server = await startServer('talk.mjs', ['--idle-timeout', 1])
  for (let count = 0; count < 20; count++) await (await server.served()).finish()
  await until(() => server.children().length === 0)
  const client = await server.served()
  expect(await reaped(server, client.server)).toMatch(/ reason=idle-timeout$/)
  expect(server.logged(/reaped/)).toHaveLength(1)
})

test('a slot for each of as many children as there are, and again', () => {
  const activity = new Activity()
  const slots = Array.from({ length: 1300 }, () => activity.take())
  expect(new Set(slots).size).toBe(1300)
  const before = slots.map(slot => activity.last(slot))
  activity.stamp(slots[700]!)
  const changed = slots.filter((slot, index) => activity.last(slot) !== before[index])
  expect(changed).toEqual([slots[700]])
  activity.give(slots[5]!)
  expect(activity.take()).toBe(slots[5])
  expect(activity.last(slots[5]!)).toBeGreaterThan(before[5]!)
})

test.each([
  ['--idle-timeout', '-1'],
  ['--idle-timeout', 'soon'],
  ['--lifetime', 31_536_001],
])('%s %s: status 64', async (option, value) => {
  const { code, err } = await runCommand(['serve', fixtureFile('echo.mjs'), option, value])
  const shown = typeof value === 'number' ? value : `'${value}'`
  const expected = `truefork: ${option}: expected seconds, from 0 to 31536000, got ${shown}`
  expect([code, err]).toEqual([64, [expected]])
})

test('the model sequential, whose daemon process serves, has none: status 78', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'model = "sequential"\nlifetime = 5\n')
  const { code, err } = await runCommand(['serve', fixtureFile('echo.mjs'), '--config', file])
  const reason = 'it is for server processes, and the model sequential has none'
  expect([code, err]).toEqual([78, [`truefork: ${file}: lifetime: ${reason}`]])
})
