import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors } from '../support/proc.ts'
import {
  fixtureFile,
  listeningSocket,
  runCommand,
  startCommand,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }
const newFile = () => join(temporaryFolder(), 'server.pid')
const start = (file: string, ...args: (string | number)[]) =>
  startServer('talk.mjs', ['--pid-file', file, ...args])

/** Runs a second start to its end. */
const second = (file: string) =>
  runCommand(['serve', fixtureFile('talk.mjs'), '--port', 0, '--pid-file', file])

/** Who holds a lock of flock on the file, as the kernel has it. */
function holders(file: string): number[] {
  const { ino } = statSync(file)
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter(line => line.includes('FLOCK') && line.includes(`:${ino} `))
    .map(line => Number(line.split(/ +/)[4]))
}

test.each([
  ['the foreground', []],
  ['the background', ['--daemon']],
  ['the sequential model', ['--model', 'sequential']],
])('in %s it names the daemon process, is locked, and gone after the stop', async (_, args) => {
  const file = newFile()
  const server = await start(file, ...args)
  expect(readFileSync(file, 'utf8')).toBe(`${server.daemon}\n`)
  // A lock belongs to the open file: the kernel names the process that took it, the top process.
  expect(holders(file)).toEqual([server.pid])
  expect([...descriptors(server.daemon).values()]).toContain(file)
  server.signal('SIGTERM')
  await untilGone(server.daemon)
  expect(existsSync(file)).toBe(false)
})

test('others cannot open it: whoever can, could lock it', async () => {
  const file = newFile()
  await start(file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test.each([[[]], [['--daemon']]])('a second start says who runs (%s)', async args => {
  const file = newFile()
  const server = await start(file, ...args)
  const { code, err } = await second(file)
  expect({ code, err }).toEqual({
    code: 71,
    err: [`truefork: ${file}: already running with pid ${server.daemon}`],
  })
  expect(readFileSync(file, 'utf8')).toBe(`${server.daemon}\n`)
  expect(await (await server.client()).ask('still here')).toBe('still here')
})

test('a file that a killed server has left is no obstacle', async () => {
  const file = newFile()
  const first = await start(file)
  first.signal('SIGKILL')
  await first.ended()
  expect(readFileSync(file, 'utf8')).toBe(`${first.pid}\n`)
  expect(holders(file)).toEqual([])
  const next = await start(file)
  expect(readFileSync(file, 'utf8')).toBe(`${next.pid}\n`)
})

test('server processes that outlive a killed daemon do not keep the lock', async () => {
  const file = newFile()
  const server = await start(file)
  const client = await server.served()
  expect([...descriptors(client.server).values()]).not.toContain(file)
  server.signal('SIGKILL')
  await until(() => holders(file).length === 0)
  expect(await client.ask('still served')).toBe('still served')
  const next = await start(file)
  expect(holders(file)).toEqual([next.pid])
})

test('nor does a program that a handler starts', async () => {
  const file = newFile()
  const server = await start(file, '--model', 'sequential')
  const client = await server.client()
  expect(JSON.parse(await client.ask('inherits'))).not.toContain(file)
})

test('a longer pid of before leaves no digits', async () => {
  const file = newFile()
  writeFileSync(file, '1234567890\nand more\n')
  const server = await start(file)
  expect(readFileSync(file, 'utf8')).toBe(`${server.pid}\n`)
})

test('a file that another has put in its place stays', async () => {
  const file = newFile()
  const server = await start(file)
  renameSync(file, `${file}.old`)
  writeFileSync(file, 'mine')
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

test('a start that fails leaves none, and the one that runs is not touched', async () => {
  const file = newFile()
  const other = await startServer('echo.mjs')
  const args = ['serve', fixtureFile('echo.mjs'), '--pid-file', file, '--port', other.port]
  for (const background of [[], ['--daemon']]) {
    const late = startCommand([...args, ...background])
    expect(await late.ended()).toEqual({ code: 71, signal: null })
    expect(late.stderr.all).toEqual([expect.stringMatching(/bind .*EADDRINUSE/)])
    expect(existsSync(file)).toBe(false)
  }
  expect(listeningSocket(other.port)).toBeDefined()
})

test('two starts at once: one runs', async () => {
  const file = newFile()
  const args = ['serve', fixtureFile('echo.mjs'), '--pid-file', file, '--port', 0]
  const both = [startCommand(args), startCommand(args)]
  const said = (pattern: RegExp) => both.filter(server => server.logged(pattern).length > 0)
  await until(() => said(/listening|already running/).length === 2)
  const [winner] = said(/listening/)
  expect(said(/listening/)).toHaveLength(1)
  expect(said(/already running with pid/)[0]!.stderr.all).toEqual([
    `truefork: ${file}: already running with pid ${winner!.pid}`,
  ])
})

test.each([
  ['a folder that is not there', '/nowhere/at/all', 'No such file or directory (ENOENT)'],
  ['a folder', '/tmp', 'Is a directory (EISDIR)'],
])('%s: status 71', async (_, file, reason) => {
  expect(await second(file)).toMatchObject({ code: 71, err: [`truefork: open ${file}: ${reason}`] })
})
