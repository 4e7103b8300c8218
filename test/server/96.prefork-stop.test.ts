import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { idleOf, startPrefork, untilIdle } from '../support/prefork.ts'
import { exists } from '../support/proc.ts'
import { listeningSocket, type Program, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }
const models = [
  ['K = 1', []],
  ['K = 1000', ['--connections-per-process', 1000]],
] as [string, (string | number)[]][]

/** A server with a client that it serves, and others that wait. */
async function startBusy(args: (string | number)[]) {
  const server = await startPrefork('talk.mjs', ['--spare', '2:2', ...args])
  const client = await server.served()
  const idle = await untilIdle(server, 2, [client.server])
  return { server, client, idle }
}

test.each(models)('%s: SIGTERM: who waits ends at once, who serves finishes', async (_, args) => {
  const { server, client, idle } = await startBusy(args)
  server.signal('SIGTERM')
  for (const pid of idle) await untilGone(pid)
  await until(() => listeningSocket(server.port) === undefined)
  expect(await client.ask('still here')).toBe('still here')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/error|reaped/)).toEqual([])
})

test.each(models)('%s: SIGTERM: those in the accept queue are served yet', async (_, args) => {
  const server = await startPrefork('talk.mjs', ['--max-children', 2, ...args])
  const [first, second] = [await server.served(), await server.served()]
  const waiting = [await server.client(), await server.client(), await server.client()]
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  await first.finish()
  for (const client of waiting) {
    expect(await client.ask('hello')).toBe('hello')
    await client.finish()
  }
  expect(await second.ask('still here')).toBe('still here')
  await second.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/error|reaped/)).toEqual([])
})

test.each(models)('%s: after the grace time, who serves gets SIGTERM', async (_, args) => {
  const { server, client } = await startBusy(['--grace', 0.2, ...args])
  server.signal('SIGTERM')
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status=SIGTERM /)
  await client.rest()
  expect(await server.ended()).toEqual(inOrder)
})

test('after the grace time, also one that computes and looks at nothing', async () => {
  const server = await startPrefork('talk.mjs', ['--grace', 0.2])
  const client = await server.client()
  await client.ask('ignore SIGURG')
  expect(await client.ask('compute')).toBe('computing')
  server.signal('SIGTERM')
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status=SIGTERM /)
  expect(await server.ended()).toEqual(inOrder)
})

test.each(models)('%s: --drain-delay: it serves on, with new processes, too', async (_, args) => {
  const { server, client } = await startBusy(['--drain-delay', 1, ...args])
  expect(await client.ask('watch')).toBe('watching')
  server.signal('SIGTERM')
  expect(await client.line()).toBe('good bye')
  await server.log(/^truefork: draining .* delay=1$/)
  const late = await Promise.all(Array.from({ length: 4 }, () => server.served()))
  expect(await late[3]!.ask('draining')).toBe('true')
  await until(() => listeningSocket(server.port) === undefined)
  for (const one of [client, ...late]) await one.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/error|reaped/)).toEqual([])
})

test('--drain-delay: it ends in time, also while server processes are missing', async () => {
  const many = 1000
  const server = await startPrefork('talk.mjs', [
    ...['--spare', many, '--max-children', many],
    ...['--drain-delay', 0.1, '--log-level', 'debug'],
  ])
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/^truefork: forked /).length).toBeLessThan(many)
})

test('SIGQUIT ends all of them', async () => {
  const { server, idle } = await startBusy([])
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual(inOrder)
  expect(idle.filter(exists)).toEqual([])
})

test.each(models)(
  '%s: SIGTERM to one that serves: it serves its client, and ends',
  async (_, args) => {
    const { server, client } = await startBusy(args)
    process.kill(client.server, 'SIGTERM')
    expect(await client.ask('still here')).toBe('still here')
    await client.finish()
    await untilGone(client.server)
    await until(() => idleOf(server).length >= 2)
    expect(server.logged(/reaped|error/)).toEqual([])
  },
)

test('SIGTERM to one that serves in the event loop', async () => {
  const args = ['--connections-per-process', 9, '--spare', '1:1']
  const server = await startPrefork('asyncFunction.mjs', args)
  const [pid] = await untilIdle(server, 1)
  const client = await server.client()
  expect(await client.ask('hello')).toBe('hello')
  process.kill(pid!, 'SIGTERM')
  expect(await client.ask('still here')).toBe('still here')
  await client.finish()
  await untilGone(pid!)
  expect(server.logged(/reaped|error/)).toEqual([])
})

async function killDaemon(server: Program) {
  const dies = once(server.child, 'exit')
  server.signal('SIGKILL')
  await dies
}

test.each(models)(
  '%s: if the daemon dies, who waits ends, and who serves finishes',
  async (_, args) => {
    const { server, client, idle } = await startBusy(args)
    await killDaemon(server)
    for (const pid of idle) await untilGone(pid)
    expect(await client.ask('still here')).toBe('still here')
    await client.finish()
    await untilGone(client.server)
  },
)

test('--on-daemon-death terminate: who serves ends, too, also if it computes', async () => {
  const { server, client, idle } = await startBusy(['--on-daemon-death', 'terminate'])
  const other = await server.served()
  expect(await other.ask('compute')).toBe('computing')
  await killDaemon(server)
  for (const pid of [...idle, client.server, other.server]) await untilGone(pid)
})

test.each(models)('%s: an upgrade under load loses nobody', async (_, args) => {
  const file = join(temporaryFolder(), 'handler.mjs')
  const write = (version: number) =>
    writeFileSync(
      file,
      `export default connection => { connection.readLine(); connection.write('version ${version}\\n') }`,
    )
  write(1)
  const server = await startPrefork(file, ['--spare', '3:5', ...args])
  const idle = await untilIdle(server, 3)
  const said: string[] = []
  let goesOn = true
  const visit = async () => {
    while (goesOn) {
      const client = await server.client()
      said.push(await client.ask('hello'))
      await client.rest()
    }
  }
  const load = Array.from({ length: 24 }, visit)
  await until(() => said.length > 50)
  write(2)
  server.signal('SIGUSR2')
  await server.log(/^truefork: upgraded /)
  await untilGone(server.daemon)
  const before = said.length
  await until(() => said.length > before + 100)
  goesOn = false
  await Promise.all(load)
  expect(new Set(said.slice(before + 24))).toEqual(new Set(['version 2']))
  expect(new Set(said)).toEqual(new Set(['version 1', 'version 2']))
  expect(idle.filter(exists)).toEqual([])
  expect(server.logged(/error|reaped|rejected/)).toEqual([])
})

test.each(models)('%s: --lifetime is that of a client, and --idle-timeout', async (_, args) => {
  const server = await startPrefork('talk.mjs', ['--spare', '1:1', '--lifetime', 1, ...args])
  await untilIdle(server, 1)
  // Longer than a client may stay, one after the other.
  const end = performance.now() + 1300
  while (performance.now() < end) await (await server.served()).finish()
  const client = await server.served()
  await client.rest()
  const line = await server.log(/^truefork: reaped /)
  expect(line).toMatch(new RegExp(` child=${client.server} .* status=SIGTERM .* reason=lifetime$`))
  await untilIdle(server, 1)
})

test('--idle-timeout, of one that talks and one that does not', async () => {
  const args = ['--idle-timeout', 1, '--connections-per-process', 9, '--spare', '1:1']
  const server = await startPrefork('talk.mjs', args)
  const [silent, talks] = [await server.served(), await server.served()]
  const end = performance.now() + 1500
  while (performance.now() < end) await talks.ask('still here')
  expect(await server.log(/^truefork: reaped /)).toMatch(
    new RegExp(` child=${silent.server} .* status=SIGTERM .* reason=idle-timeout$`),
  )
  await talks.finish()
  await until(() => idleOf(server).includes(talks.server))
})
