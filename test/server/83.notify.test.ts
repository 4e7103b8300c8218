import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FixtureOptions } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, listeners } from '../support/listening.ts'
import { startPassed, statusOf } from '../support/manager.ts'
import { type Program, socketsOf, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

async function startNotifying(
  args: (string | number)[] = [],
  { NOTIFY_SOCKET = join(temporaryFolder(), 'notify'), ...env }: NodeJS.ProcessEnv = {},
) {
  const options: FixtureOptions = { env: { ...env, NOTIFY_SOCKET } }
  const manager = startPassed(['tcp:127.0.0.1'], args, options)
  const [address] = await listeners(manager, 1)
  return { manager, address: address! }
}

/** The next message to the service manager, if it has that key; others are left out. */
async function message(manager: Program, key: string) {
  for (;;) {
    const [line] = await manager.line(/^\{.*/)
    const found = JSON.parse(line)
    if (key in found) return found
  }
}

const usec = () => Number(process.hrtime.bigint() / 1000n)

test.each(['a path', 'an abstract name'])(
  'READY once it listens, STOPPING once it stops, on %s',
  async kind => {
    const name = `@truefork-test-${process.pid}`
    const { manager } = await startNotifying([], kind === 'a path' ? {} : { NOTIFY_SOCKET: name })
    const sender = manager.daemon
    const MAINPID = String(sender)
    expect(await message(manager, 'READY')).toEqual({
      sender,
      READY: '1',
      MAINPID,
      STATUS: '0 of 256',
    })
    manager.signal('SIGTERM')
    expect(await message(manager, 'STOPPING')).toMatchObject({ sender, STOPPING: '1' })
    expect(await statusOf(manager)).toBe(0)
  },
)

test('in the background it is the daemon process that speaks, and is to be watched', async () => {
  const { manager } = await startNotifying(['--daemon'])
  const ready = await message(manager, 'READY')
  expect(ready).toMatchObject({ sender: manager.daemon, MAINPID: String(manager.daemon) })
  expect(await statusOf(manager)).toBe(0)
  manager.signal('SIGQUIT')
  expect(await message(manager, 'STOPPING')).toMatchObject({ sender: manager.daemon })
})

test('a reload begins with its time and ends with READY, whether it worked or not', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'max-children = 3\n')
  const { manager } = await startNotifying(['--config', file])
  await message(manager, 'READY')
  for (const [text, status] of [
    ['max-children = 4\n', '0 of 4'],
    ['max-children = "many"\n', expect.stringMatching(/^the configuration was not reread: .*:1: /)],
  ]) {
    writeFileSync(file, text as string)
    const before = usec()
    manager.signal('SIGHUP')
    const reloading = await message(manager, 'RELOADING')
    expect(reloading).toMatchObject({ sender: manager.daemon, RELOADING: '1' })
    expect(Number(reloading.MONOTONIC_USEC)).toBeGreaterThanOrEqual(before)
    expect(Number(reloading.MONOTONIC_USEC)).toBeLessThanOrEqual(usec())
    expect(await message(manager, 'READY')).toMatchObject({ STATUS: status })
  }
})

test('the status line follows the server processes', async () => {
  const { manager, address } = await startNotifying()
  await message(manager, 'READY')
  const client = await clientOf(address)
  await client.ask('hello')
  expect(await message(manager, 'STATUS')).toEqual({ sender: manager.daemon, STATUS: '1 of 256' })
  await client.finish()
  expect(await message(manager, 'STATUS')).toEqual({ sender: manager.daemon, STATUS: '0 of 256' })
})

test('server processes neither hold the socket nor know of it', async () => {
  const { manager, address } = await startNotifying()
  const client = await clientOf(address)
  expect(await client.ask('environment NOTIFY_')).toBe('[]')
  const [pid] = (await client.ask('who')).split(' ')
  await until(() => socketsOf(manager.daemon).length === 2)
  expect(socketsOf(Number(pid))).toHaveLength(1)
})

test('in the sequential model, too', async () => {
  const { manager } = await startNotifying(['--model', 'sequential'])
  expect(await message(manager, 'READY')).toMatchObject({ sender: manager.daemon })
  manager.signal('SIGTERM')
  await message(manager, 'STOPPING')
  expect(await statusOf(manager)).toBe(0)
})

test.each([
  ['nobody is there', '/nowhere/at/all', /connect unix:.*: No such file or directory \(ENOENT\)/],
  ['it is no path', 'vsock:2:1234', /expected a path or @NAME, got 'vsock:2:1234'/],
])('if %s, that is an error in the log, once, and the server serves', async (_, path, reason) => {
  const server = await startServer('talk.mjs', [], { env: { NOTIFY_SOCKET: path } })
  const client = await server.served()
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  const errors = server.logged(/error message="NOTIFY_SOCKET: /)
  expect(errors).toEqual([expect.stringMatching(reason)])
})
