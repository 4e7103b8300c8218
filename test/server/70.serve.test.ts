import { expect, test } from 'vitest'
import { exists, stat } from '../support/proc.ts'
import { listeningSocket, startProgram, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

const start = (...args: string[]) => startProgram('api.mjs', args).listening()
const inOrder = { code: 0, signal: null }

test('what follows the call runs once, in the process that called', async () => {
  const program = await start('once', 'talk.mjs')
  const clients = []
  for (let count = 0; count < 3; count++) clients.push(await program.served())
  clients[0]!.send('return 0')
  clients[1]!.send('throw an error')
  await clients[2]!.finish()
  await until(() => program.children().length === 0)
  expect(program.stdout.all.toSorted()).toEqual(['after the call', 'microtask', 'tick'])

  program.signal('SIGTERM')
  expect(await program.ended()).toEqual(inOrder)
  expect(program.stdout.all.slice(3)).toEqual([
    'resolved {"role":"daemon"}',
    `beforeExit listener ${program.pid}`,
    `exit listener ${program.pid} 0`,
  ])
})

test('nor does it run twice, or an exit listener, where the handler is asynchronous', async () => {
  const program = await start('once', 'asynchronous.mjs')
  for (const name of ['pid', 'status', 'throws', 'stray', 'never']) {
    const client = await program.client()
    await client.ask(name)
    await client.finish()
  }
  await until(() => program.children().length === 0)
  program.signal('SIGTERM')
  expect(await program.ended()).toEqual(inOrder)
  expect(program.stdout.all.slice(3)).toEqual([
    'resolved {"role":"daemon"}',
    `beforeExit listener ${program.pid}`,
    `exit listener ${program.pid} 0`,
  ])
})

test('SIGQUIT between poll and accept: the client is sent away, the server stops', async () => {
  const program = await start('signalBeforeAccept', 'SIGQUIT')
  const client = await program.client()
  expect(await client.rest()).toBe('')
  expect(await program.ended()).toEqual(inOrder)
  expect(program.stdout.all).toEqual(['resolved {"role":"daemon"}'])
  expect(program.relatives()).toEqual([])
})

test('SIGTERM between poll and accept: the client is served yet', async () => {
  const program = await start('signalBeforeAccept', 'SIGTERM')
  const client = await program.client()
  expect(await client.ask('served yet')).toBe('served yet')
  await client.finish()
  expect(await program.ended()).toEqual(inOrder)
})

test('onEvent receives every event, in the process in which it happens', async () => {
  const program = startProgram('api.mjs', ['events'])
  const next = async () => JSON.parse((await program.line(/^\{.*/))[0])
  const common = { time: expect.any(String), pid: program.pid }
  const { port, ...listening } = await next()
  expect(listening).toEqual({ ...common, event: 'listening', host: '127.0.0.1' })

  program.port = port
  const client = await program.served()
  const name = `127.0.0.1:${client.socket.localPort}`
  expect(await next()).toEqual({ ...common, event: 'accepted', client: name })
  const forked = { ...common, event: 'forked', child: client.server, client: name, children: 1 }
  expect(await next()).toEqual(forked)
  client.send('return 4')
  const served = { ...common, pid: client.server, event: 'served', client: name, code: 4 }
  expect(await next()).toEqual(served)
  expect(await next()).toEqual({
    ...common,
    event: 'reaped',
    child: client.server,
    client: name,
    status: { kind: 'exited', code: 4 },
    children: 0,
  })
  program.signal('SIGTERM')
  const draining = { event: 'draining', signal: 'SIGTERM', children: 0, grace: 30 }
  expect(await next()).toEqual({ ...common, ...draining })
  expect(await next()).toEqual({ ...common, event: 'stopped', accepted: 1 })
  expect(await program.ended()).toEqual(inOrder)
  expect(program.stderr.all).toEqual([])
})

test('a listener that throws ends nothing, and is logged', async () => {
  const program = await start('throwingListener')
  const client = await program.served()
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  await program.log(/^truefork: reaped /)
  await program.log(/^truefork: error message="onEvent: the listener failed at reaped"$/)
  program.signal('SIGTERM')
  expect(await program.ended()).toEqual(inOrder)
})

test('after the end of one server another can be started; then signals are as they were', async () => {
  const program = startProgram('api.mjs', ['twice'])
  for (const count of [1, 2]) {
    await program.listening()
    expect(await (await program.served()).finish()).toBe('')
    program.signal('SIGTERM')
    await program.line(new RegExp(`^stopped ${count}$`))
    expect(listeningSocket(program.port)).toBeUndefined()
  }
  await program.line(/^alive$/)
  program.signal('SIGTERM')
  expect(await program.ended()).toEqual({ code: null, signal: 'SIGTERM' })
})

test('with daemon it resolves in the process that called, once the daemon listens', async () => {
  const program = startProgram('api.mjs', ['background'])
  expect(await program.ended()).toEqual(inOrder)
  const { daemon, port, ...outcome } = JSON.parse(program.stdout.all.join('\n'))
  expect(outcome).toMatchObject({ role: 'top', host: '127.0.0.1', pid: program.pid, sockets: 0 })
  Object.assign(program, { daemon, port })
  const client = await program.served()
  expect(stat(client.server).parent).toBe(daemon)
  program.signal('SIGQUIT')
  await untilGone(daemon)
  await until(() => !exists(client.server))
})
