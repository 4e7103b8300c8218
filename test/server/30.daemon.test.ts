import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors, exists, stat, status } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  type Program,
  startCommand,
  startProgram,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

async function startDaemon(...args: string[]) {
  const server = await startServer('talk.mjs', ['--daemon', ...args])
  return { server, ending: await server.ended() }
}

test("the top process exits 0 with the daemon's pid on stderr, and the daemon listens", async () => {
  const { server, ending } = await startDaemon()
  expect(ending).toEqual({ code: 0, signal: null })
  expect(server.stderr.all).toEqual([
    `truefork: listening on 127.0.0.1:${server.port} (pid ${server.daemon})`,
  ])
  expect(server.stdout.all).toEqual([])
  expect(server.daemon).not.toBe(server.pid)
  expect(exists(server.pid)).toBe(false)
  expect([...descriptors(server.daemon).values()]).toContain(listeningSocket(server.port))
})

test('it leads a session without a terminal, in the root directory', async () => {
  const { server } = await startDaemon()
  const { session, group, parent } = stat(server.daemon)
  expect({ session, group }).toEqual({ session: server.daemon, group: server.daemon })
  expect(parent).not.toBe(server.pid)
  const terminal = readFileSync(`/proc/${server.daemon}/stat`, 'utf8').split(') ')[1]!.split(' ')[4]
  expect(terminal).toBe('0')
  expect(status(server.daemon, 'Umask')).toBe('0022')
  expect(readlinkSync(`/proc/${server.daemon}/cwd`)).toBe('/')
})

test('its standard descriptors are /dev/null, and those of its server processes', async () => {
  const { server } = await startDaemon()
  const client = await server.served()
  for (const pid of [server.daemon, client.server]) {
    const open = descriptors(pid)
    expect([0, 1, 2].map(fd => open.get(fd))).toEqual(['/dev/null', '/dev/null', '/dev/null'])
  }
})

test('it serves, collects and drains as in the foreground', async () => {
  const { server } = await startDaemon()
  const [victim, client] = [await server.served(), await server.served()]
  expect(stat(client.server).parent).toBe(server.daemon)
  process.kill(victim.server, 'SIGKILL')
  await until(() => server.children().length === 1)

  server.signal('SIGTERM')
  await until(() => listeningSocket(server.port) === undefined)
  expect(await client.ask('to the end')).toBe('to the end')
  await client.finish()
  await untilGone(server.daemon)
})

test('a configuration file that is named relative to where the start was', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'server.toml')
  writeFileSync(file, 'log-file = "server.log"\n')
  const options = { cwd: folder }
  const args = [
    'serve',
    fixtureFile('talk.mjs'),
    '--port',
    0,
    '--daemon',
    '--config',
    'server.toml',
  ]
  const server = await startCommand(args, options).listening()
  const log = join(folder, 'server.log')
  server.signal('SIGHUP')
  await until(() => /^truefork: reloaded .*changed=none/m.test(readFileSync(log, 'utf8')))
  server.signal('SIGUSR1')
  await until(() => /^truefork: reopened/m.test(readFileSync(log, 'utf8')))
})

test('what goes wrong at the start is seen in the foreground, and nothing is left', async () => {
  const other = await startServer('echo.mjs')
  const args = ['serve', fixtureFile('talk.mjs'), '--daemon', '--port', other.port]
  const late = startCommand(args)
  expect(await late.ended()).toEqual({ code: 71, signal: null })
  expect(late.stderr.all).toEqual([
    `truefork: bind 127.0.0.1:${other.port}: Address already in use (EADDRINUSE)`,
  ])
  expect(late.relatives()).toEqual([])
})

/** Stops the daemon process as soon as it is forked; undefined if that was too late. */
async function held(top: Program): Promise<number | undefined> {
  try {
    while (top.children().length === 0) await new Promise(resolve => setImmediate(resolve))
    const daemon = top.children()[0]!
    process.kill(daemon, 'SIGSTOP')
    await until(() => stat(daemon).state === 'T')
    return daemon
  } catch {
    return undefined // the top process has ended, or the daemon process has
  }
}

// Two sockets may be bound to one address with SO_REUSEADDR, of which only one may listen. The
// other one gets there first, while the daemon process, just forked, is held.
async function takePortAway(): Promise<{ top: Program; port: string } | undefined> {
  const other = startProgram('bound.mjs')
  const [, port] = await other.line(/^bound (\d+)$/)
  const top = startCommand(['serve', fixtureFile('talk.mjs'), '--daemon', '--port', port!])
  const daemon = await held(top)
  if (daemon === undefined) return undefined
  const isFree = listeningSocket(Number(port)) === undefined
  if (isFree) {
    other.tell('listen')
    await other.line(/^listens$/)
  }
  process.kill(daemon, 'SIGCONT')
  return isFree ? { top, port: port! } : undefined
}

test('also where only listen fails, in the daemon process', async () => {
  let taken = await takePortAway()
  for (let tries = 1; !taken && tries < 10; tries++) taken = await takePortAway()
  const { top } = taken!
  expect(await top.ended()).toEqual({ code: 71, signal: null })
  expect(top.stderr.all).toEqual([expect.stringMatching(/^truefork: listen.*\(EADDRINUSE\)$/)])
  expect(top.relatives()).toEqual([])
})
