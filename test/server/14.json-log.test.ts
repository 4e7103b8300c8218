import { expect, test } from 'vitest'
import { fixtureFile, portOf, startCommand } from '../support/server.ts'
import { until } from '../support/until.ts'

async function startJson() {
  const args = ['serve', fixtureFile('talk.mjs'), '--port', 0, '--log', 'json']
  const server = startCommand([...args, '--log-level', 'debug'])
  const event = async (name: string, count = 1) =>
    JSON.parse(await server.log(new RegExp(`"event":"${name}"`), count))
  const listening = await event('listening')
  server.port = listening.port
  return { server, event, listening }
}

test('the listening line has host, port and the pid of the daemon', async () => {
  const { server, listening } = await startJson()
  expect(listening).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    event: 'listening',
    pid: server.pid,
    host: '127.0.0.1',
    port: expect.any(Number),
  })
  expect(Math.abs(Date.parse(listening.time) - Date.now())).toBeLessThan(60_000)
})

test('every line says who writes it, of whom it speaks, and how that ended', async () => {
  const { server, event } = await startJson()
  const client = await server.served()
  const name = `127.0.0.1:${client.socket.localPort}`
  const common = { time: expect.any(String), client: name }
  client.send('return 7')
  expect(await event('accepted')).toEqual({ ...common, event: 'accepted', pid: server.pid })
  expect(await event('forked')).toMatchObject({ ...common, pid: server.pid, child: client.server })
  expect(await event('served')).toMatchObject({ ...common, pid: client.server, code: 7 })
  const reaped = await event('reaped')
  expect(reaped).toMatchObject({ ...common, pid: server.pid, child: client.server, code: 7 })
  expect(reaped).not.toHaveProperty('signal')
})

test('a signal in place of the code', async () => {
  const { server, event } = await startJson()
  const client = await server.served()
  process.kill(client.server, 'SIGKILL')
  const reaped = await event('reaped')
  expect(reaped).toMatchObject({ pid: server.pid, child: client.server, signal: 'SIGKILL' })
  expect(reaped).not.toHaveProperty('code')
})

test('an error is one line, with its stack inside', async () => {
  const { server, event } = await startJson()
  const client = await server.served()
  client.send('throw two\tparts')
  const error = await event('error')
  expect(error).toMatchObject({ pid: client.server, message: 'two\tparts' })
  expect(error.stack).toMatch(/^Error: two\tparts\n {4}at .*talk\.mjs:\d+:\d+/)
})

test('all that is written is JSON', async () => {
  const { server, event } = await startJson()
  await (await server.served()).finish()
  server.signal('SIGUSR1')
  await event('status')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  for (const line of server.stderr.all) expect(() => JSON.parse(line)).not.toThrow()
})

test('with --log none nothing is written', async () => {
  const args = ['serve', fixtureFile('throws.mjs'), '--port', 0, '--log', 'none']
  const server = startCommand(args)
  server.port = await until(() => portOf(server.pid))
  const client = await server.client()
  client.send('anything')
  expect(await client.rest()).toBe('')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.stderr.all).toEqual([])
})
