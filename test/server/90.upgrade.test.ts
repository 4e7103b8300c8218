import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { childrenOf, descriptors, exists, stat } from '../support/proc.ts'
import {
  fixtureFile,
  type Program,
  startCommand,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const codeOf = (version: number) =>
  `export default connection => connection.write('version ${version} ' + process.ppid + '\\n')`

/** A server whose code can be replaced. */
async function startReplaceable(args: (string | number)[] = []) {
  const folder = temporaryFolder()
  const file = join(folder, 'handler.mjs')
  const write = (code: string | number) =>
    writeFileSync(file, typeof code === 'number' ? codeOf(code) : code)
  write(1)
  const server = await startServer(file, args)
  return { server, write, folder }
}

/** What a new client is told, `[version, daemon]`. */
async function ask(server: Program): Promise<number[]> {
  const client = await server.client()
  const [, version, daemon] = (await client.rest()).trim().split(' ')
  return [Number(version), Number(daemon)]
}

async function upgrade(server: Program): Promise<number> {
  const count = server.logged(/^truefork: upgraded/).length + 1
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgraded/, count)
  return Number(/child=(\d+)/.exec(line)![1])
}

test('a new daemon process with new code takes over; the old one ends by itself', async () => {
  const { server, write } = await startReplaceable()
  expect(await ask(server)).toEqual([1, server.daemon])
  write(2)
  const heir = await upgrade(server)
  expect(await ask(server)).toEqual([2, heir])
  await untilGone(server.daemon)
  expect(server.logged(/listening on/)).toEqual([
    `truefork: listening on 127.0.0.1:${server.port} (pid ${server.daemon})`,
    `truefork: listening on 127.0.0.1:${server.port} (pid ${heir})`,
  ])
  expect(server.logged(/error|reaped|rejected/)).toEqual([])
  await until(() => childrenOf(heir).length === 0)
})

test('the new one has the descriptors of the old one, and no more', async () => {
  const { server } = await startReplaceable()
  const kinds = (pid: number) =>
    [...descriptors(pid).values()].map(name => name.replace(/\d+/, '')).sort()
  const before = kinds(server.daemon)
  let heir = 0
  for (let round = 0; round < 3; round++) {
    heir = await upgrade(server)
    await untilGone(server.daemon)
    server.daemon = heir
  }
  await until(() => stat(heir).state === 'S')
  expect(kinds(heir)).toEqual(before)
})

test('clients of the old one are served to their end', async () => {
  const server = await startServer('talk.mjs', ['--grace', 1])
  const client = await server.served()
  expect(await client.ask('watch')).toBe('watching')
  const heir = await upgrade(server)
  expect(await client.line()).toBe('good bye') // it may hurry, but need not
  expect(await client.ask('still served')).toBe('still served')
  expect(exists(server.daemon)).toBe(true)
  const other = await server.client()
  expect((await other.ask('who')).split(' ')[1]).toBe(`${heir}`)
  await client.finish()
  await untilGone(server.daemon)
  expect(await other.ask('and on')).toBe('and on')
})

test.each([
  ['code that does not load', 'throw new Error("not today")', 'exited 66'],
  ['a file without a handler', 'export const nothing = 0', 'exited 66'],
  ['a program that is killed', 'process.kill(process.pid, "SIGKILL")', 'ended before'],
])('%s: the old daemon process goes on', async (_, code, reason) => {
  const { server, write } = await startReplaceable()
  write(code)
  server.signal('SIGUSR2')
  expect(await server.log(/^truefork: upgrade-failed/)).toContain(reason)
  expect(await ask(server)).toEqual([1, server.daemon])
  await until(() => childrenOf(server.daemon).length === 0)
  write(2)
  expect(await ask(server)).toEqual([1, server.daemon])
  await upgrade(server)
  expect((await ask(server))[0]).toBe(2)
})

test('a bad configuration, too', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'truefork.toml')
  writeFileSync(file, 'max-children = 5\n')
  const { server } = await startReplaceable(['--config', file])
  writeFileSync(file, 'max-children = "many"\n')
  server.signal('SIGUSR2')
  expect(await server.log(/^truefork: upgrade-failed/)).toContain('exited 78')
  expect(await ask(server)).toEqual([1, server.daemon])
})

test('options that only a start can apply are applied: another port', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'truefork.toml')
  writeFileSync(file, 'listen = ["127.0.0.1:0"]\n')
  const server = await startCommand([
    'serve',
    fixtureFile('talk.mjs'),
    '--config',
    file,
  ]).listening()
  const path = join(folder, 'socket')
  writeFileSync(file, `listen = ["unix:${path}"]\n`)
  await upgrade(server)
  await untilGone(server.daemon)
  const refused = connect(server.port, '127.0.0.1')
  const [error] = await once(refused, 'error')
  expect(error.code).toBe('ECONNREFUSED')
  const client = await connectClient({ path })
  client.end()
})

test('a UNIX socket keeps its file, and the new one removes it at its end', async () => {
  const path = join(temporaryFolder(), 'socket')
  const server = startCommand(['serve', fixtureFile('talk.mjs'), '--listen', `unix:${path}`])
  await server.log(/listening on/)
  server.daemon = server.pid
  const heir = await upgrade(server)
  await untilGone(server.pid)
  const client = await connectClient({ path })
  client.end()
  process.kill(heir, 'SIGTERM')
  await untilGone(heir)
  const gone = connect(path)
  const [error] = await once(gone, 'error')
  expect(error.code).toBe('ENOENT')
})

test('in the background: the reason of a failure is logged, and the log goes on', async () => {
  const folder = temporaryFolder()
  const log = join(folder, 'log')
  const { server, write } = await startReplaceable(['--daemon', '--log-file', log])
  const logged = (pattern: RegExp) =>
    until(() => pattern.exec(readFileSync(log, 'utf8')), { what: `${pattern} in the log` })
  write('throw new Error("not today")')
  server.signal('SIGUSR2')
  await logged(/upgrade-failed .*exited 66.*not today/)
  write(2)
  server.signal('SIGUSR2')
  const [, heir] = await logged(/upgraded child=(\d+)/)
  await untilGone(server.daemon)
  expect(await ask(server)).toEqual([2, Number(heir)])
  expect(stat(Number(heir)).session).toBe(Number(heir))
})

test('while the new one starts, a second request is refused, and SIGTERM ends both', async () => {
  const { server, write } = await startReplaceable()
  write('await new Promise(resolve => setTimeout(resolve, 60_000))')
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgrading/)
  const heir = Number(/child=(\d+)/.exec(line)![1])
  server.signal('SIGUSR2')
  await server.log(/upgrade-failed reason="one is under way already"/)
  expect(await ask(server)).toEqual([1, server.daemon])
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  await untilGone(heir)
})

test('the sequential server can be replaced, too', async () => {
  const { server, write } = await startReplaceable(['--model', 'sequential'])
  write(2)
  const heir = await upgrade(server)
  const client = await server.client()
  expect(await client.rest()).toMatch(/^version 2 /)
  await untilGone(server.daemon)
  process.kill(heir, 'SIGTERM')
  await untilGone(heir)
})

test('no client is refused or lost while it happens', async () => {
  const { server, write } = await startReplaceable()
  const answers = new Set<number>()
  let going = true
  const clients = [1, 2, 3].map(async () => {
    while (going) answers.add((await ask(server))[0]!)
  })
  for (let version = 2; version <= 5; version++) {
    write(version)
    server.daemon = await upgrade(server)
  }
  await until(() => answers.has(5))
  going = false
  await Promise.all(clients)
  expect([...answers].every(version => version >= 1 && version <= 5)).toBe(true)
})

test('a script in TypeScript that calls serve() itself', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'server.ts')
  const entry = new URL('../../dist/index.js', import.meta.url).pathname
  writeFileSync(
    file,
    `import { serve } from '${entry}'
     const version: number = 1
     await serve({ port: 0 }, () => {})
       .catch(error => { console.error(error); process.exit(1) })
     console.error('end of', process.argv.slice(1).join(' '), version)`,
  )
  const server = await startCommand(['run', file, 'an argument'], {}).listening()
  const heir = await upgrade(server)
  await server.log(new RegExp(`^end of ${file} an argument`))
  await untilGone(server.daemon)
  process.kill(heir, 'SIGTERM')
  await server.log(new RegExp(`^end of ${file} an argument`), 2)
})

test.skipIf(process.getuid?.() !== 0)('under chroot it is refused, with the reason', async () => {
  const { server } = await startReplaceable(['--chroot', temporaryFolder()])
  server.signal('SIGUSR2')
  await server.log(/upgrade-failed reason="under chroot, neither node nor the code can be found"/)
  expect((await ask(server))[0]).toBe(1)
})
