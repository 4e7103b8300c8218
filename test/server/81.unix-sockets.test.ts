import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, startListening } from '../support/listening.ts'
import { fixtureFile, runCommand, startCommand, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }

async function startUnix(args: (string | number)[] = [], path = join(temporaryFolder(), 'socket')) {
  const { server, where } = await startListening([`unix:${path}`], args)
  expect(where).toEqual([`unix:${path}`])
  return { server, path, address: where[0]! }
}

/** The kernel's list of sockets of that name; one that listens has the flag of it. */
const sockets = (path: string) =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter(line => line.endsWith(` ${path}`))
    .map(line => ({ listens: line.split(' ')[3] === '00010000', inode: line.split(/ +/)[6] }))
const listens = (path: string) => sockets(path).some(socket => socket.listens)

/** Starts a second server on the path, which ends by itself. */
async function second(path: string) {
  const { code, err } = await runCommand([
    'serve',
    fixtureFile('talk.mjs'),
    '--listen',
    `unix:${path}`,
  ])
  return { code, err }
}

test('it listens there, and its clients have no address', async () => {
  const { server, path, address } = await startUnix(['--log-level', 'debug'])
  expect(sockets(path)).toEqual([{ listens: true, inode: expect.any(String) }])
  const client = await clientOf(address)
  expect(JSON.parse(await client.ask('addresses'))).toEqual({ fd: expect.any(Number) })
  await client.finish()
  expect(await server.log(/reaped/)).toContain(` client=${address} `)
})

test.each(['SIGTERM', 'SIGQUIT'] as const)('%s: the file is gone', async signal => {
  const { server, path } = await startUnix()
  server.signal(signal)
  expect(await server.ended()).toEqual(inOrder)
  expect(existsSync(path)).toBe(false)
})

test('while clients finish, nobody finds it any more', async () => {
  const { server, path, address } = await startUnix()
  const client = await clientOf(address)
  expect(await client.ask('hello')).toBe('hello')
  server.signal('SIGTERM')
  await until(() => !existsSync(path))
  expect(await client.ask('to the end')).toBe('to the end')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
})

test('who waits in the accept queue at SIGTERM is served', async () => {
  const { server, address } = await startUnix(['--max-children', 1])
  const first = await clientOf(address)
  await first.ask('served')
  const waiting = await clientOf(address)
  server.signal('SIGTERM')
  await server.log(/draining/)
  await first.finish()
  expect(await waiting.ask('served yet')).toBe('served yet')
  await waiting.finish()
  expect(await server.ended()).toEqual(inOrder)
})

test('a file that another has put in its place stays', async () => {
  const { server, path } = await startUnix()
  renameSync(path, `${path}.old`)
  writeFileSync(path, 'mine')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(readFileSync(path, 'utf8')).toBe('mine')
})

test('so does the socket of a server that has taken its place', async () => {
  const { server, path } = await startUnix()
  renameSync(path, `${path}.old`)
  const other = await startUnix([], path)
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(await (await clientOf(other.address)).ask('still here')).toBe('still here')
})

test('the file that a killed server has left is replaced', async () => {
  const { server, path } = await startUnix()
  server.signal('SIGKILL')
  await server.ended()
  await until(() => sockets(path).length === 0)
  expect(existsSync(path)).toBe(true)
  const { address } = await startUnix([], path)
  expect(await (await clientOf(address)).ask('hello')).toBe('hello')
  expect(sockets(path).filter(({ listens }) => listens)).toHaveLength(1)
})

test('where somebody listens, the start fails, and who listens is not disturbed', async () => {
  const { server, path, address } = await startUnix()
  expect(await second(path)).toEqual({
    code: 71,
    err: [`truefork: bind ${address}: Address already in use (EADDRINUSE)`],
  })
  const client = await clientOf(address)
  expect(await client.ask('still here')).toBe('still here')
  await client.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
})

test('also where its accept queue is full', async () => {
  const { server, path, address } = await startUnix(['--max-children', 1, '--backlog', 1])
  await (await clientOf(address)).ask('served')
  for (const _ of [1, 2]) await clientOf(address)
  expect((await second(path)).code).toBe(71)
  expect(listens(path)).toBe(true)
  server.signal('SIGQUIT')
  expect(await server.ended()).toEqual(inOrder)
})

test.each(['a file', 'a symbolic link'])('%s is not replaced', async kind => {
  const path = join(temporaryFolder(), 'socket')
  if (kind === 'a file') writeFileSync(path, 'precious')
  else symlinkSync('nowhere', path)
  expect(await second(path)).toEqual({
    code: 71,
    err: [
      `truefork: bind unix:${path}: the file is no socket: Address already in use (EADDRINUSE)`,
    ],
  })
  if (kind === 'a file') expect(readFileSync(path, 'utf8')).toBe('precious')
})

test('two starts at once: one listens, the other says why not', async () => {
  const path = join(temporaryFolder(), 'socket')
  const args = ['serve', fixtureFile('talk.mjs'), '--listen', `unix:${path}`]
  const both = [startCommand(args), startCommand(args)]
  const said = (pattern: RegExp) => both.filter(server => server.logged(pattern).length > 0)
  await until(() => said(/listening|EADDRINUSE/).length === 2)
  expect(said(/listening/)).toHaveLength(1)
  expect(await (await clientOf(`unix:${path}`)).ask('hello')).toBe('hello')
})

test('the umask of whoever starts it says who may connect', async () => {
  for (const [umask, mode] of [
    ['077', 0o700],
    ['007', 0o770],
  ] as const) {
    const path = join(temporaryFolder(), 'socket')
    const under = ['sh', '-c', `umask ${umask}; exec "$0" "$@"`]
    for (const background of [[], ['--daemon']]) {
      const { server } = await startListening([`unix:${path}`], background, { under })
      expect(statSync(path).mode & 0o777).toBe(mode)
      server.signal('SIGTERM')
      await untilGone(server.daemon)
      expect(existsSync(path)).toBe(false)
    }
  }
})

test('a relative path starts where the server was started, also in the background', async () => {
  const folder = temporaryFolder()
  const { where } = await startListening(['unix:socket'], ['--daemon'], { cwd: folder })
  expect(where).toEqual([`unix:${folder}/socket`])
  expect(listens(join(folder, 'socket'))).toBe(true)
})

// Root may remove any file; but nobody a mount point.
test.skipIf(process.getuid?.() !== 0)(
  'a file that cannot be removed is an error in the log',
  async () => {
    const { server, path } = await startUnix()
    execFileSync('mount', ['--bind', path, path])
    try {
      server.signal('SIGTERM')
      expect(await server.ended()).toEqual(inOrder)
      expect(server.logged(/^truefork: error message="EBUSY: .*unlink/)).toHaveLength(1)
    } finally {
      execFileSync('umount', [path])
    }
  },
)
