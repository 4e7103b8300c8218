import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startConfigured } from '../support/configured.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, startListening } from '../support/listening.ts'
import { idleOf, startPrefork, titleOf, untilIdle } from '../support/prefork.ts'
import { childrenOf, descriptors, stat } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  type Program,
  runCommand,
  socketsOf,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

/** The pid of whoever serves a client who comes now, and goes again. */
async function visit(server: Program): Promise<number> {
  const client = await server.served()
  await client.finish()
  return client.server
}

test('the children are there before the clients, one for each', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 3, '--max-children', 3])
  const waiting = await untilIdle(server, 3)
  const clients = [await server.served(), await server.served(), await server.served()]
  const pids = clients.map(client => client.server)
  expect(new Set(pids)).toEqual(new Set(waiting))
  expect(titleOf(pids[0]!)).toMatch(/^truefork: serving 127\.0\.0\.1:\d+$/)
  for (const client of clients) await client.finish()
  for (const pid of pids) await untilGone(pid)
  await untilIdle(server, 3)
})

test('in the place of those who serve, others wait', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 2])
  const clients = await Promise.all(Array.from({ length: 5 }, () => server.served()))
  const pids = clients.map(client => client.server)
  expect(new Set(pids).size).toBe(5)
  await untilIdle(server, 2, pids)
})

test('with K = 3, exactly three clients one after the other', async () => {
  const args = ['--connections-per-process', 3, '--spare', '1:1', '--max-children', 1]
  const server = await startPrefork('talk.mjs', args)
  const pids: number[] = []
  for (let count = 0; count < 9; count++) pids.push(await visit(server))
  expect(new Set(pids).size).toBe(3)
  expect([pids[0], pids[3], pids[6]]).toEqual([pids[2], pids[5], pids[8]])
  await until(() => server.children().length === 1 && idleOf(server).length === 1)
})

test('no zombie and no descriptor is left after hundreds of clients', async () => {
  const args = ['--connections-per-process', 40, '--spare', '1:1', '--max-children', 1]
  const server = await startPrefork('talk.mjs', args)
  const held = (pid: number) => [...descriptors(pid)].filter(([, name]) => name !== '').length
  const [first] = await untilIdle(server, 1)
  const before = [held(server.daemon), held(first!)]
  for (let count = 0; count < 30; count++) expect(await visit(server)).toBe(first)
  await untilIdle(server, 1)
  expect([held(server.daemon), held(first!)]).toEqual(before)
  for (let count = 0; count < 200; count++) await visit(server)
  await untilIdle(server, 1)
  expect(held(server.daemon)).toBe(before[0])
  expect(childrenOf(server.daemon)).toHaveLength(1)
})

test('a child has what it needs of the descriptors, and its last client alone at its end', async () => {
  const file = join(temporaryFolder(), 'pid')
  const server = await startPrefork('talk.mjs', ['--spare', '1', '--pid-file', file])
  const top = listeningSocket(server.port)!
  const [idle] = await untilIdle(server, 1)
  expect(socketsOf(idle!)).toEqual([top])
  const held = [...descriptors(idle!).values()]
  expect(held.filter(name => name === file)).toEqual([])
  const client = await server.served()
  expect(client.server).toBe(idle)
  const left = [...descriptors(client.server)].filter(([fd]) => fd > 2).map(([, name]) => name)
  expect(left.filter(name => name.startsWith('socket:'))).not.toContain(top)
})

test('idle processes take no processor time', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 4])
  const pids = [server.daemon, ...(await untilIdle(server, 4))]
  const ticks = () =>
    pids.map(pid => {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [user, system] = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return Number(user) + Number(system)
    })
  const switches = () =>
    pids.map(
      pid =>
        /^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1],
    )
  // The title of the daemon process is renewed a second later, and then nothing more.
  await until(() => titleOf(server.daemon) === 'truefork: daemon 4 of 256')
  const [before, woken] = [ticks(), switches()]
  const end = performance.now() + 1500
  await until(() => performance.now() > end)
  expect(ticks()).toEqual(before)
  expect(switches()).toEqual(woken)
})

test('the events: forked without a client, accepted and served by the child', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 1, '--log-level', 'debug'])
  await untilIdle(server, 1)
  const client = await server.served()
  const { server: child } = client
  expect(await server.log(/^truefork: forked /)).toBe(`truefork: forked child=${child} children=1`)
  const accepted = await server.log(/^truefork: accepted /)
  const [, name] = /client=(127\.0\.0\.1:\d+)$/.exec(accepted)!
  client.send('return 7')
  await client.rest()
  await server.log(new RegExp(`^truefork: served client=${name} code=7$`))
  expect(await server.log(new RegExp(`^truefork: reaped child=${child} `))).toMatch(
    new RegExp(` client=${name} status="exited 7" children=\\d$`),
  )
  server.signal('SIGUSR1')
  expect(await server.log(/^truefork: status /)).toMatch(
    /children=1 accepted=1 rejected=0 refused=none peak=[12] ended="exited 7: 1" .* idle=[01]$/,
  )
})

test('with K > 1 the status of each client is logged, and the process goes on', async () => {
  const args = ['--connections-per-process', 2, '--spare', '1:1', '--max-children', 1]
  const server = await startPrefork('talk.mjs', args)
  const first = await server.served()
  first.send('return 7')
  await first.rest()
  await server.log(/^truefork: served client=\S+ code=7$/)
  const second = await server.served()
  expect(second.server).toBe(first.server)
  second.send('return 8')
  await second.rest()
  await server.log(/^truefork: served client=\S+ code=8$/)
  await untilGone(first.server)
  server.signal('SIGUSR1')
  expect(await server.log(/^truefork: status /)).toMatch(/ accepted=2 .* ended="exited 0: 1" /)
})

test.each([1, 5])('a handler that throws ends its process with 1, K = %i', async clients => {
  const args = ['--connections-per-process', clients, '--spare', '1:1', '--max-children', 1]
  const server = await startPrefork('talk.mjs', args)
  const client = await server.served()
  client.send('throw on purpose')
  await client.rest()
  await server.log(/ message="on purpose"$/)
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status="exited 1"/)
  expect(await visit(server)).not.toBe(client.server)
})

test('SIGHUP: those who wait are renewed, who serves is not touched', async () => {
  const { server, rewrite } = await startConfigured(
    'spare = "2"\nconnections-per-process = 3\n[handler]\ngreeting = "old"\n',
    ['--model', 'prefork'],
  )
  const old = await untilIdle(server, 2)
  const client = await server.served()
  await rewrite('spare = "2"\nconnections-per-process = 3\n[handler]\ngreeting = "new"\n')
  const next = await server.served()
  expect(await next.ask('settings')).toBe('{"greeting":"new"}')
  expect(await client.ask('settings')).toBe('{"greeting":"old"}')
  expect(old).not.toContain(next.server)
  // It had two clients yet to serve, with the old settings.
  await client.finish()
  await untilGone(client.server)
  expect(server.logged(/reaped|error/)).toEqual([])
})

test('SIGHUP: another number of spare processes, up and down', async () => {
  const { server, rewrite } = await startConfigured('spare = "1:2"\n', ['--model', 'prefork'])
  await untilIdle(server, 1)
  await rewrite('spare = "4:4"\n')
  await untilIdle(server, 4)
  await rewrite('spare = "2:2"\n')
  await untilIdle(server, 2)
})

test('K > 1: those that are too many end, one a second', async () => {
  const args = ['--connections-per-process', 100, '--spare', '1:2', '--log-level', 'debug']
  const server = await startPrefork('talk.mjs', args)
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.served()))
  await untilIdle(
    server,
    1,
    clients.map(client => client.server),
  )
  for (const client of clients) await client.finish()
  await until(() => idleOf(server).length === 5)
  await untilIdle(server, 2)
  await server.log(/^truefork: reaped .* status="exited 0"/, 3)
})

test('no more than --max-children, and clients beyond them wait', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 5, '--max-children', 3])
  await untilIdle(server, 3)
  const clients = await Promise.all(Array.from({ length: 8 }, () => server.client()))
  for (const client of clients) client.send('who')
  let most = 0
  const left = new Set(clients)
  while (left.size > 0) {
    const answered = await until(() => [...left].find(client => client.pending.includes('\n')))
    most = Math.max(most, server.children().length)
    await answered.finish()
    left.delete(answered)
  }
  expect(most).toBe(3)
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'an idle process that is ended by %s is replaced',
  async signal => {
    const server = await startPrefork('talk.mjs', ['--spare', 2])
    const [victim] = await untilIdle(server, 2)
    process.kill(victim!, signal)
    await untilGone(victim!)
    const idle = await untilIdle(server, 2)
    expect(idle).not.toContain(victim)
    expect(server.logged(/reaped/)).toHaveLength(signal === 'SIGKILL' ? 1 : 0)
  },
)

test('one that is killed while it serves frees its place', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 1, '--max-children', 2])
  const [first, second] = [await server.served(), await server.served()]
  const third = await server.client()
  third.send('who')
  process.kill(first.server, 'SIGKILL')
  expect(await server.log(/^truefork: reaped /)).toMatch(/ client=127\.0\.0\.1:\d+ status=SIGKILL /)
  await third.line()
  expect(await second.ask('here')).toBe('here')
})

test('a stopped idle process keeps nobody waiting', async () => {
  const server = await startPrefork('talk.mjs', ['--spare', 2])
  const [stopped, other] = await untilIdle(server, 2)
  process.kill(stopped!, 'SIGSTOP')
  await until(() => stat(stopped!).state === 'T')
  const client = await server.served()
  expect(client.server).toBe(other)
  await client.finish()
  process.kill(stopped!, 'SIGCONT')
  await untilIdle(server, 2)
})

test.each(['asyncFunction.mjs', 'callbacks.mjs', 'http.mjs'])(
  'in the event loop, %s',
  async handler => {
    const args = ['--connections-per-process', 3, '--spare', '1:1', '--max-children', 1]
    const server = await startPrefork(handler, args)
    const [pid] = await untilIdle(server, 1)
    for (let count = 0; count < 3; count++) {
      expect(server.children()).toEqual([pid])
      const client = await server.client()
      const line = handler === 'http.mjs' ? 'GET / HTTP/1.0\r\n\r' : 'hello'
      expect(await client.ask(line)).toMatch(/^(hello|HTTP\/1\.1 200 OK\r)$/)
      await client.finish()
    }
    await untilGone(pid!)
    const client = await server.client()
    expect(await client.ask(handler === 'http.mjs' ? 'GET / HTTP/1.0\r\n\r' : 'x')).not.toBe('')
    expect(server.logged(/reaped|error/)).toEqual([])
  },
)

test.each([
  ['throws', /^truefork: error .* message=asynchronously$/],
  ['stray', /^truefork: error .* message="from a timer"$/],
  ['never', /^truefork: error .* message="the promise of the handler can never settle/],
])('in the event loop, one that fails ends with 1: %s', async (what, message) => {
  const server = await startPrefork('asynchronous.mjs', ['--connections-per-process', 9])
  const client = await server.client()
  await client.ask(what)
  await client.finish()
  await server.log(message)
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status="exited 1" /)
})

test('connection.draining of each client is its own', async () => {
  const args = ['--connections-per-process', 9, '--spare', '1:1', '--max-children', 1]
  const server = await startPrefork('talk.mjs', args)
  const first = await server.served()
  expect(await first.ask('watch')).toBe('watching')
  await first.finish()
  const second = await server.served()
  expect(second.server).toBe(first.server)
  expect(await second.ask('watch')).toBe('watching')
  server.signal('SIGTERM')
  expect(await second.line()).toBe('good bye')
  expect(await second.finish()).toBe('')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.logged(/error|reaped/)).toEqual([])
})

test('several addresses, and a UNIX socket', async () => {
  const socket = `unix:${join(temporaryFolder(), 'socket')}`
  const { server, where } = await startListening(
    ['127.0.0.1:0', '[::1]:0', socket],
    ['--model', 'prefork', '--spare', '1:1', '--connections-per-process', 100],
  )
  for (const address of [...where, ...where]) {
    const client = await clientOf(address)
    expect(await client.ask(`hello ${address}`)).toBe(`hello ${address}`)
    if (address === socket)
      expect(server.children().map(titleOf)).toContain(`truefork: serving ${socket}`)
    await client.finish()
  }
})

test('in the background, with --daemon', async () => {
  const folder = temporaryFolder()
  const [log, pidFile] = [join(folder, 'log'), join(folder, 'pid')]
  const args = ['--daemon', '--log-file', log, '--pid-file', pidFile]
  const server = await startPrefork('talk.mjs', args)
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  const client = await server.served()
  expect((await client.ask('who')).split(' ')[1]).toBe(String(server.daemon))
  await client.finish()
  server.signal('SIGTERM')
  await untilGone(server.daemon)
  expect(readFileSync(log, 'utf8')).toMatch(/^truefork: stopped accepted=1$/m)
})

test('--metrics tells how many wait', async () => {
  const file = join(temporaryFolder(), 'echo.prom')
  const server = await startPrefork('talk.mjs', ['--spare', '2', '--metrics', file])
  await untilIdle(server, 2)
  server.signal('SIGTERM')
  await server.ended()
  expect(readFileSync(file, 'utf8')).toMatch(/^truefork_children_idle\{server="echo"\} 0$/m)
})

test('each option is one of this model', async () => {
  const handler = fixtureFile('talk.mjs')
  for (const [option, value] of [
    ['--spare', '5:11'],
    ['--connections-per-process', '2'],
  ]) {
    const { code, err } = await runCommand(['serve', handler, '--port', 0, option!, value!])
    expect(code).toBe(64)
    expect(err[0]).toContain(`${option!.slice(2)}: it is for the model prefork`)
  }
  const file = join(temporaryFolder(), 'x.toml')
  writeFileSync(file, 'spare = "5:11"\n')
  const { code, err } = await runCommand(['serve', handler, '--port', 0, '--config', file])
  expect(code).toBe(78)
  expect(err[0]).toContain('spare: it is for the model prefork')
})

test.each(['0', '5:4', '5:', 'x', '1:2:3', '-1'])('--spare %s is wrong usage', async text => {
  const args = ['serve', fixtureFile('talk.mjs'), '--model', 'prefork', `--spare=${text}`]
  const { code, err } = await runCommand(args)
  expect(code).toBe(64)
  expect(err[0]).toContain('how many at least, and how many at most, as 5:10')
})
