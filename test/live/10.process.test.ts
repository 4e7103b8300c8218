import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { ask, inodesOf, liveAt, liveProcess, Watcher } from '../support/live.ts'
import { childrenOf, exists, idsOf, isRoot, stat } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  runCommand,
  socketsOf,
  startCommand,
  startExec,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

test('a process of its own, which holds nothing of the server, nor the server of it', async () => {
  const folder = temporaryFolder()
  const server = await startServer('talk.mjs', ['--live', 0], { env: { TMPDIR: folder } })
  const url = await liveAt(server)
  const live = await liveProcess(server.daemon)
  const watcher = await Watcher.of(url)
  const client = await server.served()
  await watcher.sees(({ lanes }) => lanes.find(({ pid }) => pid === client.server))

  expect(stat(live)).toMatchObject({ parent: server.daemon, group: live })
  const itsOwn = inodesOf(live)
  const page = listeningSocket(Number(new URL(url).port))!
  expect(itsOwn).toContain(page)
  expect(itsOwn).not.toContain(listeningSocket(server.port))
  for (const pid of [server.daemon, client.server])
    expect(inodesOf(pid).filter(name => itsOwn.includes(name))).toEqual([])
  // The daemon process has one end of a pair, by which it is bound to it, and nobody else has.
  const links = socketsOf(server.daemon).filter(name => name !== listeningSocket(server.port))
  expect(links).toHaveLength(1)
  expect(socketsOf(client.server)).toHaveLength(1)
  expect(socketsOf(client.server)).not.toContain(links[0])
  // The trace has no name any more: nothing is left of it, however all this ends.
  expect(readdirSync(folder)).toEqual([])
  await client.finish()
})

test('with the model prefork, nobody but the daemon process is bound to it', async () => {
  const server = await startServer('talk.mjs', ['--live', 0, '--model', 'prefork'])
  const live = await liveProcess(server.daemon)
  const client = await server.served()
  const top = listeningSocket(server.port)
  const [link, ...more] = socketsOf(server.daemon).filter(name => name !== top)
  expect(link).toBeDefined()
  expect(more).toEqual([])
  expect(socketsOf(client.server)).not.toContain(link)
  // Whoever has just been forked has it for a moment.
  const others = () => childrenOf(server.daemon).filter(pid => pid !== live)
  await until(() => others().length > 1 && !others().some(pid => socketsOf(pid).includes(link!)))
})

test('it ends with the server, and is collected', async () => {
  const server = await startServer('talk.mjs', ['--live', 0])
  const live = await liveProcess(server.daemon)
  const watcher = await Watcher.of(await liveAt(server))
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/draining/)
  // It shows how the server drains.
  process.kill(live, 'SIGTERM')
  await watcher.sees(({ events }) => events.find(({ event }) => event === 'draining'))
  expect(exists(live)).toBe(true)
  await client.finish()
  expect(await server.ended()).toMatchObject({ code: 0 })
  await until(() => watcher.hasEnded)
  expect(watcher.timeline!.events.map(({ event }) => event)).toContain('stopped')
  expect(exists(live)).toBe(false)
})

test.each(['SIGKILL', 'SIGQUIT'] as const)(
  'it ends when %s ends the daemon process',
  async signal => {
    const server = await startServer('talk.mjs', ['--live', 0])
    const live = await liveProcess(server.daemon)
    const watcher = await Watcher.of(await liveAt(server))
    const client = await server.served()
    server.signal(signal)
    await untilGone(live)
    await until(() => watcher.hasEnded)
    // Server processes finish, as they do without a page.
    if (signal === 'SIGKILL') expect(await client.ask('still there')).toBe('still there')
  },
)

test('when it is killed the server goes on, and says so', async () => {
  const server = await startServer('talk.mjs', ['--live', 0])
  const live = await liveProcess(server.daemon)
  process.kill(live, 'SIGKILL')
  expect(await server.log(/error/)).toContain(`the live page (pid ${live}) has ended: SIGKILL`)
  await until(() => childrenOf(server.daemon).length === 0)
  const client = await server.served()
  await client.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toMatchObject({ code: 0 })
})

test('in the background: the top process says where the page is', async () => {
  const pidFile = join(temporaryFolder(), 'pid')
  const server = await startServer('talk.mjs', ['--live', 0, '--daemon', '--pid-file', pidFile])
  const url = await liveAt(server)
  await server.ended()
  expect((await ask(url)).text).toContain('<title>truefork timeline</title>')
  expect(stat(await liveProcess(server.daemon)).session).toBe(server.daemon)
  server.signal('SIGTERM')
  await untilGone(server.daemon)
})

test('for programs, and with the other models', async () => {
  const exec = await startExec(['cat'], ['--live', 0])
  const watcher = await Watcher.of(await liveAt(exec))
  const client = await exec.client()
  expect(await client.ask('hello')).toBe('hello')
  const program = await watcher.sees(({ lanes }) =>
    lanes.find(({ role, programs }) => role === 'server' && programs[0]),
  )
  expect(program.programs[0]!.name).toMatch(/cat$/)
  expect(socketsOf(program.pid)).toEqual([])
  for (const model of ['sequential', 'prefork']) {
    const server = await startServer('talk.mjs', ['--live', 0, '--model', model])
    const seen = await Watcher.of(await liveAt(server))
    const talk = await server.client()
    await talk.ask('who')
    await seen.sees(({ calls, lanes }) => calls && lanes.some(lane => lane.calls.some(isAccept)))
    await talk.finish()
  }
})

const isAccept = ({ name, failed }: { name: string; failed: boolean }) =>
  name === 'accept' && !failed

test('only who asks for this machine by its own name is answered', async () => {
  const server = await startServer('talk.mjs', ['--live', 0])
  const url = await liveAt(server)
  const { port } = new URL(url)
  const page = await ask(url)
  expect(page.status).toBe(200)
  expect(page.text).toContain("connect-src 'self'")
  expect(page.headers).toMatchObject({
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  expect(page.headers['access-control-allow-origin']).toBeUndefined()
  expect((await ask(url, { host: `localhost:${port}` })).status).toBe(200)
  for (const host of ['attacker.example', `attacker.example:${port}`, '127.0.0.1.attacker.example'])
    expect((await ask(url, { host })).status).toBe(403)
  expect((await ask(`${url}events`, { host: 'attacker.example' })).status).toBe(403)
  expect((await ask(url, { method: 'POST' })).status).toBe(405)
  expect((await ask(`${url}etc/passwd`)).status).toBe(404)
  // No other address of this machine.
  const other = connect({ host: '127.0.0.2', port: Number(port) })
  const [error] = await once(other, 'error')
  expect(error.code).toBe('ECONNREFUSED')
})

test.each([[[]], [['--daemon']]])(
  'a port that is in use: 71, and nothing is left %s',
  async more => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const args = [
      'serve',
      fixtureFile('talk.mjs'),
      '--allow-root',
      '--port',
      0,
      '--live',
      port,
      ...more,
    ]
    const server = startCommand(args)
    expect(await server.ended()).toMatchObject({ code: 71 })
    const text = `truefork: live: bind 127.0.0.1:${port}: Address already in use (EADDRINUSE)`
    expect(server.stderr.all).toEqual([text])
    await until(() => server.relatives().length === 0)
    taken.close()
  },
)

test('wrong values, and the configuration file', async () => {
  const wrong = await runCommand(['serve', fixtureFile('talk.mjs'), '--live', 'soon'])
  expect(wrong.code).toBe(64)
  expect(wrong.err[0]).toContain("--live: expected a whole number from 0 to 65535, got 'soon'")
  const pipe = ['serve', fixtureFile('talk.mjs'), '--port', 0, '--live', 0, '--trace', '/dev/null']
  const other = await runCommand(pipe)
  expect(other.code).toBe(64)
  expect(other.err[0]).toContain('live: it follows the trace, which has to be a regular file')

  const file = join(temporaryFolder(), 'truefork.toml')
  writeFileSync(file, 'live = 0\n')
  const server = await startServer('talk.mjs', ['--config', file])
  const url = await liveAt(server)
  writeFileSync(file, 'live = 1\n')
  server.signal('SIGHUP')
  expect(await server.log(/^truefork: reloaded/)).toContain('needs-upgrade=live')
  expect((await ask(url)).status).toBe(200)
  writeFileSync(file, 'live = "yes"\n')
  expect((await runCommand(['serve', fixtureFile('talk.mjs'), '--config', file])).code).toBe(78)
})

test.skipIf(!isRoot)(
  'with --user, it is that user, and reads a trace that is not theirs',
  async () => {
    const trace = join(temporaryFolder(), 'trace.jsonl')
    const server = await startServer('talk.mjs', [
      '--live',
      0,
      '--user',
      'nobody',
      '--trace',
      trace,
    ])
    const live = await liveProcess(server.daemon)
    expect(idsOf(live)).toEqual(idsOf(server.daemon))
    expect(idsOf(live).uid).not.toContain(0)
    const watcher = await Watcher.of(await liveAt(server))
    const client = await server.served()
    await watcher.sees(({ lanes }) => lanes.find(({ pid }) => pid === client.server))
    await client.finish()
  },
)
