// What a server shows of itself, and what an upgrade makes of that.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, listeners } from '../support/listening.ts'
import { startPassed } from '../support/manager.ts'
import {
  fixtureFile,
  type Program,
  runCommand,
  startCommand,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const fixture = fixtureFile('talk.mjs')

/** Replaces the server; the old daemon process has ended when this returns. */
async function upgrade(server: Program): Promise<number> {
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgraded/)
  const heir = Number(/child=(\d+)/.exec(line)![1])
  await untilGone(server.daemon)
  return heir
}

/** A server with a handler of its own, which `spoil` makes impossible to load. */
async function startSpoilable(args: (string | number)[]) {
  const file = join(temporaryFolder(), 'handler.mjs')
  writeFileSync(file, 'export default () => {}')
  const server = startCommand(['serve', file, ...args])
  await listeners(server, 1)
  return { server, file, spoil: () => writeFileSync(file, 'export default 7') }
}

const isLocked = (file: string) =>
  readFileSync('/proc/locks', 'utf8').includes(`:${statSync(file).ino} `)

test('the pid file names the new daemon process, and is gone when that one stops', async () => {
  const file = join(temporaryFolder(), 'server.pid')
  const server = await startServer('echo.mjs', ['--pid-file', file])
  const { ino } = statSync(file)
  const heir = await upgrade(server)
  expect(readFileSync(file, 'utf8')).toBe(`${heir}\n`)
  expect(statSync(file).ino).toBe(ino)
  expect(isLocked(file)).toBe(true)
  process.kill(heir, 'SIGTERM')
  await untilGone(heir)
  expect(existsSync(file)).toBe(false)
})

test('the old one does not keep its lock while its clients finish', async () => {
  const file = join(temporaryFolder(), 'server.pid')
  const server = await startServer('talk.mjs', ['--pid-file', file])
  const client = await server.served()
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgraded/)
  const heir = Number(/child=(\d+)/.exec(line)![1])
  await until(() => readFileSync(file, 'utf8') === `${heir}\n`)
  process.kill(heir, 'SIGKILL')
  await until(() => !isLocked(file))
  expect(await client.ask('still served')).toBe('still served')
})

test('after an upgrade that failed, it names the old one, which has the lock', async () => {
  const file = join(temporaryFolder(), 'server.pid')
  const { server, spoil } = await startSpoilable(['--port', 0, '--pid-file', file])
  spoil()
  server.signal('SIGUSR2')
  await server.log(/^truefork: upgrade-failed/)
  expect(readFileSync(file, 'utf8')).toBe(`${server.daemon}\n`)
  expect(isLocked(file)).toBe(true)
  expect(await runCommand(['serve', fixture, '--port', 0, '--pid-file', file])).toMatchObject({
    code: 71,
    err: [expect.stringContaining(`already running with pid ${server.daemon}`)],
  })
})

test('the file of a UNIX socket stays: for the new one, and for the old one if that fails', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'socket')
  const config = join(folder, 'server.toml')
  writeFileSync(config, `listen = ["unix:${path}"]\n`)
  const server = startCommand(['serve', fixture, '--config', config])
  const [address] = await listeners(server, 1)

  const other = await startServer('echo.mjs')
  writeFileSync(config, `listen = ["unix:${path}", "127.0.0.1:${other.port}"]\n`)
  server.signal('SIGUSR2')
  expect(await server.log(/^truefork: upgrade-failed/)).toContain('exited 71')
  const client = await clientOf(address!)
  expect((await client.ask('who')).split(' ')[1]).toBe(`${server.daemon}`)
  await client.finish()

  writeFileSync(config, `listen = ["unix:${path}"]\n`)
  const heir = await upgrade(server)
  const next = await clientOf(address!)
  expect((await next.ask('who')).split(' ')[1]).toBe(`${heir}`)
  await next.finish()
  process.kill(heir, 'SIGTERM')
  await untilGone(heir)
  expect(existsSync(path)).toBe(false)
})

test('the service manager is told whom to watch, and not that the server stops', async () => {
  const NOTIFY_SOCKET = join(temporaryFolder(), 'notify')
  const manager = startPassed(['tcp:127.0.0.1'], [], { env: { NOTIFY_SOCKET } })
  await listeners(manager, 1)
  const messages = () =>
    manager.stdout.all.filter(line => line[0] === '{').map(line => JSON.parse(line))
  const heir = await upgrade(manager)
  await until(() => messages().filter(({ READY }) => READY).length === 2)
  const MAINPID = String(heir)
  expect(messages()).toContainEqual({ sender: manager.daemon, MAINPID })
  expect(messages()).toContainEqual(expect.objectContaining({ sender: heir, READY: '1', MAINPID }))
  expect(messages().filter(({ STOPPING }) => STOPPING)).toEqual([])
  process.kill(heir, 'SIGTERM')
  await until(() => messages().some(({ sender, STOPPING }) => STOPPING && sender === heir))
})

test('the metrics are those of the new one, which runs', async () => {
  const file = join(temporaryFolder(), 'echo.prom')
  const server = await startServer('echo.mjs', ['--metrics', file])
  const client = await server.client()
  await client.ask('hello')
  await client.finish()
  const heir = await upgrade(server)
  const value = (name: string) =>
    Number(new RegExp(`^truefork_${name}{.*} (.*)$`, 'm').exec(readFileSync(file, 'utf8'))![1])
  await until(() => value('accepted_total') === 0)
  expect(value('up')).toBe(1)
  process.kill(heir, 'SIGTERM')
  await untilGone(heir)
  expect(value('up')).toBe(0)
})
