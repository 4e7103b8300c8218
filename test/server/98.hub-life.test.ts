// The hub beside all else that a server can do: signals, an upgrade, a crash, models, privileges.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { hubClient, hubOf, inRoom, serversOf, startHub, untilHub } from '../support/hub.ts'
import { exists, idsOf, isRoot, stat } from '../support/proc.ts'
import {
  fixtureFile,
  runCommand,
  startCommand,
  startProgram,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

test('a hub that is killed is started again, and its members go on', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  const hub = await untilHub(server.daemon)
  process.kill(hub, 'SIGKILL')
  await server.log(/^truefork: error message="the hub \(pid \d+\) has ended: SIGKILL; another one/)
  expect(await alice!.event()).toEqual({ kind: 'restarted' })
  expect(await bob!.event()).toEqual({ kind: 'restarted' })
  expect(await untilHub(server.daemon)).not.toBe(hub)
  await until(async () => String(await alice!.ask('members room')).split(',').length === 2)
  await alice!.ask('publish room hello')
  expect(await bob!.event()).toMatchObject({ message: 'hello', from: { name: 'alice' } })
  const carol = await hubClient(server)
  expect(await carol.ask('claim bob')).toBe(false)
  expect(stat(hubOf(server.daemon)!).state).not.toBe('Z')
})

test('who asks while there is no hub is answered by the next one', async () => {
  const server = await startHub()
  const [alice] = await inRoom(server, 'alice')
  process.kill(await untilHub(server.daemon), 'SIGKILL')
  expect(await alice!.ask('claim alicia')).toBe(true)
  // The second one so soon after the first waits for a moment.
  process.kill(await untilHub(server.daemon), 'SIGKILL')
  await alice!.ask('publish room unheard')
  expect(await alice!.ask('members room')).toEqual(['alicia'])
  expect(server.logged(/the hub \(pid \d+\) has ended/)).toHaveLength(2)
})

test('an asynchronous member goes on, too', async () => {
  const server = await startHub([], 'hubAsync.mjs')
  const alice = await server.client()
  expect(await alice.ask('members')).toBe('1')
  process.kill(await untilHub(server.daemon), 'SIGKILL')
  expect(await alice.line()).toBe('restarted ')
  const bob = await server.client()
  expect(await alice.line()).toBe('joined ')
  bob.send('hello')
  expect(await alice.line()).toBe('message hello')
})

test('hot upgrade: the old hub lives as long as its members, the new daemon process has its own', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  const old = await untilHub(server.daemon)
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgraded/)
  const heir = Number(/child=(\d+)/.exec(line)![1])
  const fresh = await untilHub(heir)
  expect(await alice!.event()).toBe('draining')
  expect(await bob!.event()).toBe('draining')

  const carol = await hubClient(server)
  expect(await carol.ask('claim alice')).toBe(true)
  expect(await carol.ask('subscribe room')).toMatchObject({ members: [] })
  await alice!.ask('publish room still here')
  expect(await bob!.event()).toMatchObject({ message: 'still here' })
  expect(await carol.ask('wait 0')).toBeNull()

  await alice!.talk.finish()
  expect(await bob!.event()).toMatchObject({ kind: 'left', member: { name: 'alice' } })
  expect(exists(old)).toBe(true)
  await bob!.talk.finish()
  await untilGone(server.daemon)
  expect(exists(old)).toBe(false)
  expect(exists(fresh)).toBe(true)
  expect(server.logged(/error/)).toEqual([])
})

test('SIGQUIT ends all; SIGHUP changes nothing of it', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'hub = true\nhub-history = 2\n')
  const server = await startCommand([
    ...['serve', fixtureFile('hub.mjs'), '--port', 0, '--allow-root', '--config', file],
  ]).listening()
  const [alice] = await inRoom(server, 'alice')
  writeFileSync(file, 'hub = false\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* needs-upgrade=hub,hub-history$/)
  expect(await alice!.ask('members room')).toEqual(['alice'])
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.relatives()).toEqual([])
  expect(server.logged(/error/)).toEqual([])
})

test('if the daemon process dies, members finish with their hub, which ends after them', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  const hub = await untilHub(server.daemon)
  server.signal('SIGKILL')
  await untilGone(server.daemon)
  await alice!.ask('publish room hello')
  expect(await bob!.event()).toMatchObject({ message: 'hello' })
  await alice!.talk.finish()
  await bob!.talk.finish()
  await untilGone(hub)
})

test.skipIf(!isRoot)('as another user, in a root directory with nothing in it', async () => {
  const folder = temporaryFolder()
  const server = await startHub(['--user', 'nobody', '--chroot', folder])
  const hub = await untilHub(server.daemon)
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  expect(idsOf(hub).uid).toEqual(idsOf(await alice!.server()).uid)
  expect(idsOf(hub).uid[0]).not.toBe(0)
  await alice!.ask('publish room hello')
  expect(await bob!.event()).toMatchObject({ message: 'hello' })
})

test('prefork: each client is a member of its own, also in one process', async () => {
  const args = ['--model', 'prefork', '--spare', '1:1', '--connections-per-process', 10]
  const server = await startHub(args)
  const watcher = await hubClient(server)
  await watcher.ask('subscribe room')
  const seen = new Set<number>()
  // Until one of them has served two.
  for (let isAgain = false; !isAgain; ) {
    const name = 'alice'
    const client = await hubClient(server)
    const pid = await client.server()
    isAgain = seen.has(pid)
    seen.add(pid)
    expect(await client.ask('members room')).toEqual([null])
    expect(await client.ask(`claim ${name}`)).toBe(true)
    await client.ask('subscribe room')
    expect(await watcher.event()).toMatchObject({ kind: 'joined', member: { name } })
    client.talk.send('end')
    expect(await watcher.event()).toMatchObject({ kind: 'left', lost: false })
    await client.talk.finish()
  }
  await watcher.talk.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.relatives()).toEqual([])
})

test('by serve() of a program, which has no hub left afterwards', async () => {
  const program = await startProgram('hubApi.mjs').listening()
  const [alice, bob] = await inRoom(program, 'alice', 'bob')
  await alice!.ask('publish room hello')
  expect(await bob!.event()).toMatchObject({ message: 'hello' })
  await alice!.talk.finish()
  await bob!.talk.finish()
  program.signal('SIGTERM')
  await program.line(/^stopped$/)
  await until(() => serversOf(program).length === 0)
  expect(hubOf(program.pid)).toBeUndefined()
})

test('a start that fails leaves no hub behind', async () => {
  const taken = (await startHub()).port
  for (const reason of [
    ['--port', taken],
    ['--port', 0, '--pid-file', '/nonexistent/file'],
  ]) {
    const args = ['serve', fixtureFile('hub.mjs'), '--hub', '--allow-root', ...reason]
    const program = startCommand(args)
    expect((await program.ended()).code).toBe(71)
    expect(program.relatives()).toEqual([])
  }
})

const handler = fixtureFile('hub.mjs')
test.each([
  [
    ['serve', handler, '--hub', '--model', 'sequential'],
    'hub: it is for server processes, and the',
  ],
  [['serve', handler, '--hub-history', 5], 'hub-history: it is for the hub: say hub, too'],
  [['exec', '--hub', '--', 'cat'], 'hub: a program has no connection.hub'],
  [
    ['serve', handler, '--hub', '--hub-history', 'x'],
    'hub-history: expected a whole number from 0',
  ],
])('%j is refused', async (args, message) => {
  const { code, err } = await runCommand(args)
  expect(code).toBe(64)
  expect(err.join('\n')).toContain(message)
})
