import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FixtureOptions } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startProgram, startServer } from '../support/server.ts'

/** What the program prints; it ends by itself and says nothing else. */
async function ask(name: string, args: (string | number)[] = [], options: FixtureOptions = {}) {
  const program = startProgram('api.mjs', [name, ...args], options)
  expect(await program.ended()).toEqual({ code: 0, signal: null })
  expect(program.stderr.all).toEqual([])
  expect(program.stdout.all).toHaveLength(1)
  return JSON.parse(program.stdout.all[0]!)
}

test('a wrong option is a TypeError that names it and tells what is right', async () => {
  const errors: { name: string; message: string }[] = await ask('refusals')
  expect(errors.map(({ name }) => name)).toEqual(errors.map(() => 'TypeError'))
  expect(errors.map(({ message }) => message)).toEqual([
    "port: expected a whole number from 0 to 65535, got '80'",
    'port: expected a whole number from 0 to 65535, got 65536',
    'port: expected a whole number from 0 to 65535, got 1.5',
    'maxChildren: expected a whole number from 1 to 1000000, got 0',
    expect.stringMatching(/^grace: expected seconds, from 0 to 86400, got/),
    expect.stringMatching(/^model: expected .*, got 'threads'$/),
    "log: expected text, json or none, got 'xml'",
    "logLevel: expected error, info or debug, got 'loud'",
    "host: expected an address or host name, got ''",
    "daemon: expected true or false, got 'yes'",
    'config: expected the name of a file, got 3',
    expect.stringMatching(/^access: 'permit all': expected "allow" or "deny", then a network/),
    'maxRate: expected clients in seconds, as 10/60, got 10',
    expect.stringMatching(/^penalize: 'SEGV=5': expected STATUS=SECONDS: a status from 1 to 255/),
    'maxchildren: no such option',
  ])
})

test('a handler that is no function', async () => {
  expect(await ask('notAFunction')).toEqual({
    name: 'TypeError',
    message: 'handler: expected a function',
  })
})

test('an asynchronous handler for the sequential model', async () => {
  expect(await ask('asynchronous')).toMatchObject({
    name: 'TypeError',
    code: 'ERR_ASYNCHRONOUS_HANDLER',
  })
})

test('the error of the system, where the port is in use', async () => {
  const { port } = await startServer('echo.mjs')
  expect(await ask('portInUse', [port])).toEqual({
    name: 'Error',
    code: 'EADDRINUSE',
    message: `bind 127.0.0.1:${port}: Address already in use (EADDRINUSE)`,
  })
})

test('a host that nobody knows', async () => {
  const { code, message } = await ask('noSuchHost')
  expect(code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/)
  expect(message).toContain('nowhere.invalid')
})

test('a configuration file that is missing, or wrong', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  expect(await ask('badFile', [file])).toMatchObject({ known: true })
  writeFileSync(file, '\nport = true\n')
  expect(await ask('badFile', [file])).toEqual({
    known: true,
    message: `${file}:2: port: expected a whole number from 0 to 65535, got true`,
  })
})

test('node was started without the flags: the error says how to start it', async () => {
  const error = await ask('unsafe', [], { nodeArgs: [] })
  expect(error).toMatchObject({ known: true, name: 'ForkUnsafeError', code: 'ERR_FORK_UNSAFE' })
  expect(error.reasons).toEqual([
    { code: 'flags', message: expect.any(String), remedy: expect.any(String) },
  ])
  expect(error.message).toMatch(/truefork run FILE/)
  expect(error.message).toMatch(/node --single-threaded --v8-pool-size=1 FILE/)
})
