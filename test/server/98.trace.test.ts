import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { timelineOf } from '../../src/timeline/model.ts'
import { boxAt, zombieOf } from '../../src/timeline/moment.ts'
import type { Lane } from '../../src/timeline/timeline.ts'
import { startConfigured } from '../support/configured.ts'
import { temporaryFolder } from '../support/folder.ts'
import { runCommand, startExec, startServer, untilGone } from '../support/server.ts'
import {
  callsOf,
  eventsOf,
  processIn,
  signalsOf,
  socketTables,
  timelineIn,
  traceIn,
} from '../support/trace.ts'
import { until } from '../support/until.ts'

const newFile = () => join(temporaryFolder(), 'trace.jsonl')

const statusOf = ({ reaped }: Lane): string => {
  if (!reaped) return 'not collected'
  const { status } = reaped
  return status.kind === 'exited' ? `exited ${status.code}` : (status as { signal: string }).signal
}

/** How the server's own log says that its children ended: pid and status. */
const loggedEnds = (lines: readonly string[]): [number, string][] =>
  lines.map(line => {
    const [, pid, quoted, word] = /child=(\d+) .*status=(?:"([^"]+)"|(\S+))/.exec(line)!
    return [Number(pid), (quoted ?? word)!]
  })

test('200 clients at once, kills and a SIGHUP: every accept has its fork, every fork its end', {
  timeout: 90_000,
}, async () => {
  const file = newFile()
  const args = ['--trace', file, '--log-level', 'debug']
  const { server, rewrite } = await startConfigured('max-children = 300', args)
  const clients = await Promise.all(Array.from({ length: 200 }, () => server.served()))
  await rewrite('max-children = 301')

  // While they all are there: what the trace says that they hold is what the kernel says.
  for (const pid of [server.daemon, ...clients.slice(0, 20).map(client => client.server)]) {
    const { kernel, trace } = socketTables(file, pid)
    expect(trace).toEqual(kernel)
    expect(kernel).toHaveLength(1)
  }

  // The log waits for no reader: what comes next must not meet a pipe that is half full already.
  await until(() => server.logged(/^truefork: forked /).length === 200)

  const killed = clients.slice(0, 7).map(client => client.server)
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  clients[7]!.send('return 9')
  clients[8]!.send('crash SIGSEGV')
  for (const { socket } of clients.slice(9)) socket.end()
  await until(() => server.children().length === 0)
  server.signal('SIGTERM')
  await server.ended()

  const lines = traceIn(file)
  const timeline = timelineOf(lines)
  const daemon = processIn(timeline, server.daemon)
  const children = timeline.lanes.filter(({ parent }) => parent === daemon.id)
  const accepts = callsOf(lines, 'accept').filter(({ pid }) => pid === server.daemon)
  const forks = callsOf(lines, 'fork').filter(({ pid }) => pid === server.daemon)
  expect(accepts).toHaveLength(200)
  expect(forks.map(({ result }) => result).sort()).toEqual(clients.map(c => c.server).sort())
  expect(children.map(({ pid }) => pid).sort()).toEqual(clients.map(c => c.server).sort())
  const names = accepts.map(({ opened }) => opened![0]!.name!)
  expect(children.flatMap(lane => lane.clients).sort()).toEqual(names.sort())

  const ends = loggedEnds(server.logged(/^truefork: reaped /))
  expect(ends).toHaveLength(200)
  for (const [pid, status] of ends) {
    const lane = processIn(timeline, pid)
    expect([pid, statusOf(lane)]).toEqual([pid, status])
    // Who ended by itself has said so; for who was killed the status speaks.
    expect(lane.ended!.isExact).toBe(status.startsWith('exited'))
    const zombie = zombieOf(lane, timeline)!
    expect(zombie.from).toBeLessThanOrEqual(zombie.to)
    expect(zombie.to).toBe(lane.reaped!.at)
  }
  expect(killed.map(pid => statusOf(processIn(timeline, pid)))).toEqual(killed.map(() => 'SIGKILL'))

  // All that was opened is closed: by close, or by the end of whoever held it.
  for (const { holdings, ended } of timeline.lanes) {
    for (const { from, to } of holdings) {
      expect(to).toBeGreaterThanOrEqual(from)
      expect(to).toBeLessThanOrEqual(ended!.at)
    }
  }
  const orderly = children.filter(lane => statusOf(lane).startsWith('exited'))
  expect(orderly).toHaveLength(192)
  for (const { holdings, ended } of orderly) {
    // Nothing but the standard descriptors is left to the end of the process.
    const left = holdings.filter(({ to }) => to === ended!.at).map(({ fd }) => fd)
    expect(left).toEqual([0, 1, 2])
  }

  const hup = signalsOf(lines, 'SIGHUP')
  expect(hup.map(({ handler }) => handler)).toEqual(['begins', 'returns'])
  const [reloaded] = eventsOf(lines, 'reloaded')
  expect(reloaded).toMatchObject({ box: 'process signals', changed: ['max-children'] })
  expect(boxAt(daemon, reloaded!.t - lines[0]!.t)!.box).toBe('process signals')
})

test('each process stands in the boxes of the flowchart, in their order', async () => {
  const file = newFile()
  const server = await startServer('talk.mjs', ['--trace', file])
  const client = await server.served()
  await client.finish()
  await untilGone(client.server)
  server.signal('SIGTERM')
  await server.ended()
  const timeline = timelineIn(file)
  const boxesOf = (pid: number) =>
    processIn(timeline, pid).boxes.map(({ role, box }) => `${role}: ${box}`)
  expect(boxesOf(client.server)).toEqual([
    'server: close top socket',
    'server: serve',
    'server: close accepted socket',
    'server: exit',
  ])
  expect(boxesOf(server.daemon)).toEqual([
    'top: top socket',
    'daemon: initialize daemon',
    'daemon: listen',
    'daemon: accept',
    'daemon: fork',
    'daemon: close accepted socket',
    'daemon: accept',
  ])
})

test('in the background: the top process returns, and the daemon process goes on in the file', async () => {
  const file = newFile()
  const server = await startServer('talk.mjs', ['--daemon', '--trace', file])
  await server.ended()
  server.signal('SIGTERM')
  await untilGone(server.daemon)
  const timeline = timelineIn(file)
  const [top, daemon] = timeline.lanes
  expect(timeline.lanes.map(({ pid, role }) => [pid, role])).toEqual([
    [server.pid, 'top'],
    [server.daemon, 'daemon'],
  ])
  expect(daemon!.parent).toBe(top!.id)
  expect(top!.boxes.map(({ box }) => box)).toEqual([
    'top socket',
    'fork',
    'close top socket',
    'return 0',
  ])
})

test('a SIGKILL takes nothing away that was done', async () => {
  const file = newFile()
  const server = await startServer('talk.mjs', ['--trace', file])
  const client = await server.served()
  // A call has its line when it has come back: the second answer may have none, the first one has.
  await client.ask('hello')
  for (const pid of [client.server, server.daemon]) process.kill(pid, 'SIGKILL')
  await server.ended()
  const answer = callsOf(traceIn(file), 'write').find(({ pid }) => pid === client.server)!
  expect(answer).toMatchObject({ role: 'server', box: 'serve', result: answer.args[1] })
})

test('the model prefork: who waits, who serves', async () => {
  const file = newFile()
  const args = ['--model', 'prefork', '--spare', '1:2', '--connections-per-process', 2]
  const server = await startServer('talk.mjs', [...args, '--trace', file])
  const client = await server.served()
  await client.finish()
  server.signal('SIGTERM')
  await server.ended()
  const lane = processIn(timelineIn(file), client.server)
  expect(lane.clients).toHaveLength(1)
  const boxes = lane.boxes.map(({ role, box }) => `${role}: ${box}`)
  expect(boxes.slice(0, 3)).toEqual([
    'spare: accept',
    'server: serve',
    'server: close accepted socket',
  ])
  expect(boxes.at(-1)).toBe('server: exit')
})

test('the sequential model', async () => {
  const file = newFile()
  const server = await startServer('talk.mjs', ['--model', 'sequential', '--trace', file])
  await (await server.served()).finish()
  server.signal('SIGTERM')
  await server.ended()
  const timeline = timelineIn(file)
  expect(timeline.lanes).toHaveLength(1)
  const boxes = timeline.lanes[0]!.boxes.map(({ box }) => box)
  expect(boxes.slice(3)).toEqual(['accept', 'serve', 'close accepted socket', 'accept'])
})

test('a server process that becomes another program', async () => {
  const file = newFile()
  const server = await startExec(['cat'], ['--trace', file])
  const client = await server.client()
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  await until(() => server.children().length === 0)
  server.signal('SIGTERM')
  await server.ended()
  const timeline = timelineIn(file)
  const lane = timeline.lanes.find(({ role }) => role === 'server')!
  expect(lane.programs[0]!.name).toMatch(/\/cat$/)
  expect(statusOf(lane)).toBe('exited 0')
  // The program has the accepted socket as standard input and output, and nothing else of ours.
  const left = lane.holdings.filter(({ to }) => to === lane.ended!.at)
  const names = left.map(({ fd, file }) => [fd, timeline.files[file]!.kind])
  expect(names.sort()).toEqual([
    [0, 'accepted'],
    [1, 'accepted'],
    [2, 'standard'],
  ])
})

test('a hot upgrade goes on in the same file', async () => {
  const file = newFile()
  const server = await startServer('talk.mjs', ['--trace', file])
  server.signal('SIGUSR2')
  await server.log(/^truefork: upgraded /)
  await untilGone(server.daemon)
  const successor = Number(/child=(\d+)/.exec(server.logged(/^truefork: upgraded /)[0]!)![1])
  process.kill(successor, 'SIGTERM')
  await untilGone(successor)
  const lane = processIn(timelineIn(file), successor)
  expect(lane.role).toBe('daemon')
  expect(lane.programs).toHaveLength(1)
  expect(lane.boxes.map(({ box }) => box)).toContain('accept')
  // It has been passed the top socket.
  const timeline = timelineIn(file)
  const tops = lane.holdings.filter(({ file }) => timeline.files[file]!.kind === 'top')
  expect(tops).toHaveLength(1)
})

test('in the configuration file, relative to where the start was', async () => {
  const folder = temporaryFolder()
  const { server } = await startConfigured(`trace = "${join(folder, 'trace.jsonl')}"`)
  server.signal('SIGTERM')
  await server.ended()
  expect(timelineIn(join(folder, 'trace.jsonl')).lanes).toHaveLength(1)
})

test('only its owner can read it, and a new start begins it anew', async () => {
  const file = newFile()
  for (let start = 0; start < 2; start++) {
    const server = await startServer('talk.mjs', ['--trace', file])
    server.signal('SIGTERM')
    await server.ended()
  }
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8').match(/"trace":1/g)).toHaveLength(1)
})

test('a file that cannot be written is told before anybody listens', async () => {
  const { code, err } = await runCommand([
    'serve',
    'test/fixtures/server/talk.mjs',
    '--trace',
    '/nowhere/trace.jsonl',
  ])
  expect(code).toBe(71)
  expect(err).toEqual(['truefork: open /nowhere/trace.jsonl: No such file or directory (ENOENT)'])
})
