// What a person must see is seen at the start, not by the first client.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { isRoot } from '../support/proc.ts'
import { fixtureFile, runCommand, startExec } from '../support/server.ts'

const start = (program: string[], ...args: (string | number)[]) =>
  runCommand(['exec', '--port', 0, ...args, '--', ...program])

/** A file with this text, and these permissions. */
function file(text: string, mode = 0o755): string {
  const path = join(temporaryFolder(), 'program')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

test.each<[string, () => string, string | RegExp]>([
  ['no such file', () => '/nowhere/at-all', 'no such file'],
  ['not in PATH', () => 'nowhere-at-all', /^not found in PATH \(.*\/bin.*\)$/],
  ['no name', () => '', 'expected the name of a program'],
  ['a folder', () => temporaryFolder(), 'not a file'],
  [
    'not executable',
    () => file('#!/bin/sh\n', 0o644),
    'permission denied: this user may not execute it',
  ],
  [
    'a script without #!',
    () => file('echo hello\n'),
    'neither a binary for this system nor a script that begins with #! and its interpreter',
  ],
  ['nothing in it', () => file(''), /^neither a binary/],
  [
    'no interpreter',
    () => file('#!/nowhere/sh -e\n'),
    'its interpreter "/nowhere/sh" does not exist',
  ],
  [
    'lines of another system',
    () => file('#!/bin/sh\r\n'),
    'its interpreter "/bin/sh\\r" does not exist',
  ],
])('%s: status 66', async (_, make, reason) => {
  const program = make()
  for (const daemon of [[], ['--daemon']]) {
    const { code, out, err } = await start([program], ...daemon)
    expect({ code, out }).toEqual({ code: 66, out: [] })
    expect(err).toHaveLength(1)
    const prefix = `truefork: cannot execute ${program || "''"}: `
    expect(err[0]).toContain(prefix)
    const said = err[0]!.slice(prefix.length)
    if (typeof reason === 'string') expect(said).toBe(reason)
    else expect(said).toMatch(reason)
  }
})

test('what is found in PATH and cannot be executed is told', async () => {
  const path = file('#!/bin/sh\n', 0o644)
  const { code, err } = await runCommand(['exec', '--port', 0, '--', 'program'], {
    env: { PATH: `${join(path, '..')}:/nowhere` },
  })
  expect(code).toBe(66)
  expect(err[0]).toContain(`cannot execute program: ${path}: permission denied`)
})

test('more arguments than the system takes', async () => {
  const { code, err } = await start(
    ['echo', ...Array<string>(10).fill('x'.repeat(120_000))],
    '--limit',
    'stack=512K',
  )
  expect([code, err]).toEqual([
    64,
    [expect.stringMatching(/does not live with stack=512K .*E2BIG/)],
  ])
})

test('nothing of the program is executed to find out', async () => {
  const folder = temporaryFolder()
  const program = join(folder, 'touch')
  writeFileSync(program, `#!/bin/sh\ntouch ${folder}/$$\n`, { mode: 0o755 })
  const server = await startExec([program], ['--limit', 'core=0'])
  expect(readdirSync(folder)).toEqual(['touch'])
  await (await server.client()).rest()
  expect(readdirSync(folder)).toHaveLength(2)
})

test('limits that the program cannot start with', async () => {
  const { code, err } = await start(['cat'], '--limit', 'as=1K')
  const message =
    /^truefork: limit: a server process does not live with as=1K .*; about \d+K is the least/
  expect([code, err]).toEqual([64, [expect.stringMatching(message)]])
})

const silent =
  'idle-timeout: nobody sees whether a program reads or writes: use lifetime, or keepalive'
const model = 'model: a program has a process for each client: the model is fork, not sequential'

test.each([
  ['idle-timeout', ['--idle-timeout', 5], 'idle-timeout = 5', silent],
  ['model', ['--model', 'sequential'], 'model = "sequential"', model],
])('%s: status 64, in the file 78', async (_, args, text, reason) => {
  const given = await start(['cat'], ...args)
  expect([given.code, given.err]).toEqual([64, [`truefork: ${reason}`]])
  const config = file(`${text}\n`)
  const written = await start(['cat'], '--config', config)
  expect([written.code, written.err]).toEqual([78, [`truefork: ${config}: ${reason}`]])
})

test('a table for handlers: status 78', async () => {
  const config = file('[handler]\ngreeting = "hello"\n')
  const { code, err } = await start(['cat'], '--config', config)
  const reason = 'a program has no settings but its arguments and environment'
  expect([code, err]).toEqual([78, [`truefork: ${config}: [handler]: ${reason}`]])
})

test('--check-config: the settings that a program has, and whether it is there', async () => {
  const { code, out } = await start(['cat'], '--check-config', '--stderr', 'client')
  expect(code).toBe(0)
  const names = out.map(line => line.split(' ')[0])
  expect(names).toContain('stderr')
  expect(names).not.toContain('idle-timeout')
  expect((await start(['nowhere-at-all'], '--check-config')).code).toBe(66)
})

test('--stderr is for programs alone', async () => {
  const config = file('stderr = "client"\n')
  const serve = ['serve', fixtureFile('echo.mjs'), '--port', 0, '--config', config]
  const { code, err } = await runCommand(serve)
  const reason = 'stderr: it is for the programs of truefork exec'
  expect([code, err]).toEqual([78, [`truefork: ${config}: ${reason}`]])
})

test.each([
  [['exec'], "missing required argument 'program'"],
  [['exec', '--stderr', 'nowhere', '--', 'cat'], "--stderr: expected log or client, got 'nowhere'"],
  [
    ['exec', '--host', '::1', '--listen', '[::1]:0', '--', 'cat'],
    '--listen: not together with host',
  ],
])('wrong usage: %s', async (args, message) => {
  const { code, err } = await runCommand(args)
  expect([code, err]).toEqual([64, [expect.stringContaining(`truefork: ${message}`)]])
})

test.runIf(isRoot)('with the rights, and in the root directory, that it will have', async () => {
  const folder = temporaryFolder()
  const program = join(folder, 'mine')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 })
  chmodSync(folder, 0o755)
  const other = await start([program], '--user', 'nobody')
  expect([other.code, other.err]).toEqual([66, [expect.stringMatching(/: permission denied: /)]])
  const jail = join(folder, 'jail')
  mkdirSync(jail)
  const outside = await start([program], '--chroot', jail)
  expect([outside.code, outside.err]).toEqual([66, [expect.stringMatching(/: no such file$/)]])
  copyFileSync('/bin/sh', join(jail, 'sh')) // which needs its libraries
  const alone = await start(['/sh'], '--chroot', jail)
  const reason = 'truefork: cannot execute /sh: the loader that the binary asks for is not there'
  expect([alone.code, alone.err]).toEqual([66, [reason]])
})
