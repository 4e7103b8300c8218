import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { title } from '../support/proc.ts'
import { fixtureFile, startCommand, startProgram, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('titles tell the role: how many of how many, whom', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 30])
  expect(title(server.daemon)).toBe('truefork: daemon 0 of 30')
  const client = await server.served()
  expect(title(client.server)).toBe(`truefork: serving 127.0.0.1:${client.socket.localPort}`)
  const other = await server.served()
  await until(() => title(server.daemon) === 'truefork: daemon 2 of 30')
  await client.finish()
  await until(() => title(server.daemon) === 'truefork: daemon 1 of 30')
  server.signal('SIGTERM')
  await until(() => title(server.daemon) === 'truefork: daemon 1 of 30, draining')
  await other.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('the last change shows, however many there were', async () => {
  const server = await startServer('echo.mjs')
  for (let count = 0; count < 50; count++) {
    const client = await server.client()
    await client.ask('hello')
    await client.finish()
  }
  await until(() => title(server.daemon) === 'truefork: daemon 0 of 256')
})

test('in the sequential model the daemon process serves', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential'])
  expect(title(server.daemon)).toBe('truefork: daemon')
  const client = await server.served()
  const serving = `truefork: serving 127.0.0.1:${client.socket.localPort}`
  expect(title(server.daemon)).toBe(serving)
  await client.finish()
  await until(() => title(server.daemon) === 'truefork: daemon')
})

test('a program that calls serve() has its own title again when the server has stopped', async () => {
  const program = await startProgram('api.mjs', ['twice']).listening()
  expect(title(program.pid)).toBe('truefork: daemon 0 of 256')
  for (const count of [1, 2]) {
    if (count === 2) await program.listening()
    program.signal('SIGTERM')
    await program.line(new RegExp(`^stopped ${count}$`))
  }
  await program.line(/^alive$/)
  expect(title(program.pid)).toContain('api.mjs\0twice')
})

test('the status has every count', async () => {
  const args = ['serve', fixtureFile('talk.mjs'), '--port', 0, '--log', 'json', '--max-children', 2]
  const server = startCommand(args)
  server.port = JSON.parse(await server.log(/"listening"/)).port
  const [first, second] = [await server.served(), await server.served()]
  first.send('return 3')
  await server.log(/"reaped"/)
  process.kill(second.server, 'SIGKILL')
  await server.log(/"reaped"/, 2)
  await server.served()
  server.signal('SIGUSR1')
  expect(JSON.parse(await server.log(/"status"/))).toEqual({
    time: expect.any(String),
    event: 'status',
    pid: server.pid,
    children: 1,
    peak: 2,
    accepted: 3,
    rejected: 0,
    refused: {},
    ended: { 'exited 3': 1, SIGKILL: 1 },
    dropped: 0,
    uptime: expect.any(Number),
  })
})

test('and why clients were refused', async () => {
  const server = await startServer('talk.mjs')
  const limit = (soft: number) =>
    execFileSync('prlimit', ['--pid', `${server.pid}`, `--nofile=${soft}:`])
  limit(3) // what is open stays, but nothing more can be opened
  const client = await server.client()
  await server.log(/^truefork: rejected .*EMFILE/, 2)
  limit(100)
  expect(await client.ask('served yet')).toBe('served yet')
  server.signal('SIGUSR1')
  const [, rejected, reasons] = / rejected=(\d+) refused="descriptors: (\d+)" /.exec(
    await server.log(/status/),
  )!
  expect(reasons).toBe(rejected)
  expect(Number(rejected)).toBeGreaterThanOrEqual(2)
})
