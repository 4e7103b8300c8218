import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { limit, niceOf, status } from '../support/proc.ts'
import { fixtureFile, type Program, runCommand, startServer } from '../support/server.ts'

const handler = 'resources.mjs'
const limited = (...limits: string[]) => limits.flatMap(text => ['--limit', text])
const optionsOf = async (server: Program) =>
  JSON.parse(await (await server.client()).ask('options'))

test('limits hold in each server process, and not in the daemon process', async () => {
  const args = limited('nofile=256', 'cpu=10:60', 'core=0', 'fsize=1M:2G', 'memlock=512K')
  const server = await startServer(handler, args)
  const before = readFileSync(`/proc/${server.daemon}/limits`, 'utf8')
  for (const client of [await server.served(), await server.served()]) {
    const { server: pid } = client
    expect(limit(pid, 'open files')).toEqual(['256', '256'])
    expect(limit(pid, 'cpu time')).toEqual(['10', '60'])
    expect(limit(pid, 'core file size')).toEqual(['0', '0'])
    expect(limit(pid, 'file size')).toEqual([String(2 ** 20), String(2 * 2 ** 30)])
    expect(limit(pid, 'locked memory')).toEqual([String(512 * 1024), String(512 * 1024)])
  }
  expect(readFileSync(`/proc/${server.daemon}/limits`, 'utf8')).toBe(before)
})

test('unlimited, as the soft limit of a resource whose hard one is', async () => {
  const [, hard] = limit(process.pid, 'cpu time')
  const server = await startServer(handler, limited(`cpu=60:${hard}`))
  const client = await server.served()
  expect(limit(client.server, 'cpu time')).toEqual(['60', hard])
})

test('who goes over a limit meets its error, or its signal, alone', async () => {
  const server = await startServer(handler, limited('fsize=512K', 'cpu=1'))
  const [first, second] = [await server.served(), await server.served()]
  expect(await first.ask(`write ${join(temporaryFolder(), 'file')}`)).toBe('EFBIG')
  first.send('burn')
  expect(await server.log(/^truefork: reaped /)).toMatch(
    new RegExp(`child=${first.server} .* status=SIG(XCPU|KILL)`),
  )
  expect(await second.ask('who')).toBe(`${second.server} ${server.daemon}`)
})

test('nice and umask, of the process and of what it makes', async () => {
  const file = join(temporaryFolder(), 'file')
  const server = await startServer(handler, ['--nice', 7, '--umask', '0137'])
  const client = await server.served()
  await client.ask(`create ${file}`)
  expect(niceOf(client.server)).toBe(7)
  expect(niceOf(server.daemon)).toBe(niceOf(process.pid))
  expect(status(client.server, 'Umask')).toBe('0137')
  expect(statSync(file).mode & 0o777).toBe(0o640)
})

test('a nice value below that of the daemon process, where it may be had', async () => {
  const lower = niceOf(process.pid) - 1
  const mayBeHad = (BigInt(`0x${status(process.pid, 'CapEff')}`) >> 23n) & 1n // CAP_SYS_NICE
  if (mayBeHad) {
    const server = await startServer(handler, ['--nice', lower])
    expect(niceOf((await server.served()).server)).toBe(lower)
    return
  }
  const { code, err } = await start('--nice', lower)
  const expected = 'truefork: nice: setpriority: Permission denied (EACCES)'
  expect([code, err]).toEqual([64, [expected]])
})

test('the options of accepted sockets', async () => {
  const plain = await startServer(handler)
  expect(await optionsOf(plain)).toEqual({ keepalive: false, nodelay: false })
  const keepalive = await startServer(handler, ['--keepalive', '--host', '127.0.0.1'])
  expect(await optionsOf(keepalive)).toEqual({ keepalive: true, nodelay: false })
  const both = await startServer(handler, ['--keepalive', '--nodelay', '--host', '::1'])
  const client = await both.client('::1')
  expect(JSON.parse(await client.ask('options'))).toEqual({ keepalive: true, nodelay: true })
})

test('the file has the same notation; SIGHUP changes what new server processes get', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'limit = ["nofile=100", "core=0"]\nnice = 3\nnodelay = true\n')
  const server = await startServer(handler, ['--config', file])
  const old = await server.served()
  expect(limit(old.server, 'open files')).toEqual(['100', '100'])
  expect(niceOf(old.server)).toBe(3)

  writeFileSync(file, 'limit = ["nofile=200:300", "core=0"]\nnice = 5\numask = "077"\n')
  server.signal('SIGHUP')
  expect(await server.log(/^truefork: reloaded /)).toMatch(/ changed=limit,nice,umask,nodelay /)
  const young = await server.served()
  expect(limit(young.server, 'open files')).toEqual(['200', '300'])
  expect(niceOf(young.server)).toBe(5)
  expect(status(young.server, 'Umask')).toBe('0077')
  expect(JSON.parse(await young.ask('options'))).toEqual({ keepalive: false, nodelay: false })
  expect(limit(old.server, 'open files')).toEqual(['100', '100'])

  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* changed=none /)
})

test('of two limits of one name, the last one counts', async () => {
  const server = await startServer(handler, limited('nofile=100', 'core=0', 'nofile=150'))
  const client = await server.served()
  expect(limit(client.server, 'open files')).toEqual(['150', '150'])
  expect(limit(client.server, 'core file size')).toEqual(['0', '0'])
})

test('a list on the command line takes the place of that in the file', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'limit = ["nofile=100", "cpu=50"]\n')
  const server = await startServer(handler, ['--config', file, ...limited('nofile=150')])
  const client = await server.served()
  expect(limit(client.server, 'open files')).toEqual(['150', '150'])
  expect(limit(client.server, 'cpu time')).toEqual(limit(process.pid, 'cpu time'))
})

const start = (...args: (string | number)[]) =>
  runCommand(['serve', fixtureFile(handler), '--port', 0, ...args])

test.each([
  [
    'as=100M',
    /^a server process does not live with as=100M \(mmap: .*ENOMEM\)\); about \d+M is the least/,
  ],
  // What it asks for first decides whether it can still say so.
  [
    'data=1M',
    /^a server process does not live with data=1M \((SIG\w+|Array buffer allocation failed)\); about \d+M is the least/,
  ],
  ['stack=64K', /^a server process does not live with stack=64K \(SIGSEGV\); about \d+K is/],
  ['nofile=0', /^a server process does not live with nofile=0 \(poll: .*EINVAL\)\); about 2 is/],
])('%s is refused at the start, on the command line and in the file', async (text, reason) => {
  const { code, err } = await start('--limit', text)
  expect([code, err]).toEqual([64, [expect.stringMatching(/^truefork: limit: /)]])
  expect(err[0]!.replace('truefork: limit: ', '')).toMatch(reason)

  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, `limit = ["core=0", "${text}"]\n`)
  const other = await start('--config', file, '--daemon')
  const prefix = `truefork: ${file}: limit: `
  expect([other.code, other.err]).toEqual([78, [expect.stringContaining(prefix)]])
  expect(other.err[0]!.replace(prefix, '')).toMatch(reason)
})

test('what it says is the least will do', async () => {
  const { err } = await start('--limit', 'as=100M')
  const [, enough] = /about (\d+M) is the least/.exec(err[0]!)!
  const server = await startServer(handler, ['--limit', `as=${enough}`])
  const client = await server.served()
  expect(limit(client.server, 'address space')[0]).toBe(
    String(Number.parseInt(enough!, 10) * 2 ** 20),
  )
})

test('a reload that no server process would live with changes nothing', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'limit = ["nofile=100"]\n')
  const server = await startServer(handler, ['--config', file])
  writeFileSync(file, 'limit = ["as=100M"]\nmax-children = 1\n')
  server.signal('SIGHUP')
  const line = await server.log(/^truefork: reload-failed /)
  expect(line).toContain(`reason="${file}: limit: a server process does not live with as=100M`)
  const clients = [await server.served(), await server.served()]
  for (const client of clients) expect(limit(client.server, 'open files')).toEqual(['100', '100'])
})

test('what the system refuses, it says', async () => {
  const { code, err } = await start('--limit', 'nofile=2G')
  const expected = 'truefork: limit: setrlimit nofile: Operation not permitted (EPERM)'
  expect([code, err]).toEqual([64, [expected]])
})

const known = /^--limit: '=3': this system has no limit '', but as, core, cpu, data, fsize, /
const expected =
  /^--limit: '.*': expected \w+= and a number, with K, M or G if wanted, or unlimited;/

test.each([
  [
    'no such limit',
    ['--limit', 'files=3'],
    /^--limit: 'files=3': this system has no limit 'files'/,
  ],
  ['its list', ['--limit', '=3'], known],
  ['no value', ['--limit', 'nofile'], expected],
  ['no number', ['--limit', 'nofile=many'], expected],
  ['a wrong unit', ['--limit', 'as=1T'], expected],
  ['three values', ['--limit', 'cpu=1:2:3'], expected],
  ['half a pair', ['--limit', 'cpu=:2'], expected],
  ['a huge number', ['--limit', `as=${'9'.repeat(400)}`], expected],
  ['a pair the wrong way', ['--limit', 'cpu=9:2'], /^--limit: 'cpu=9:2': the soft limit is above/],
  ['nice', ['--nice', 20], /^--nice: expected a whole number from -20 to 19, got 20/],
  ['nice as text', ['--nice', 'low'], /^--nice: expected a whole number .* got 'low'/],
  ['a mask', ['--umask', '089'], /^--umask: expected an octal mask, as '027', got '089'/],
  ['the model', ['--model', 'sequential', '--nice', 1], /^nice: it is for server processes, and/],
])('a wrong option, %s: status 64', async (_, args, message) => {
  const { code, err } = await start(...args)
  expect([code, err]).toEqual([64, [expect.stringMatching(/^truefork: /)]])
  expect(err[0]!.replace('truefork: ', '')).toMatch(message)
})

test.each([
  ['limit = 3', /:1: limit: expected a list of limits, as \["nofile=256", .*\], got 3/],
  ['limit = ["nofile=3", 4]', /:1: limit: expected a list of limits, .*, got \["nofile=3",4\]/],
  ['\nlimit = ["nofile"]', /:2: limit: 'nofile': expected nofile= and a number, /],
  ['nice = "3"', /:1: nice: expected a whole number from -20 to 19, got '3'/],
  ['umask = 27', /:1: umask: expected an octal mask, as '027', got 27/],
  ['model = "sequential"\numask = "077"', /: umask: it is for server processes, and the model/],
])('a wrong line in the file, %s: status 78', async (text, message) => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, `${text}\n`)
  const { code, err } = await start('--config', file)
  expect([code, err]).toEqual([78, [expect.stringMatching(message)]])
})
