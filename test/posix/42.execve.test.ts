import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'

const { SIGHUP, SIGPIPE, SIGUSR2, SIGXFSZ } = constants.signals

/** What the program printed that the fixture has become. */
async function outputOf(name: string) {
  const fixture = startFixture('posix/execve', [name])
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  return { pid: fixture.pid, lines: fixture.stdout.all }
}

/** The signals in a field of its /proc/PID/status. */
async function signalsOf(name: string, field: string) {
  const { lines } = await outputOf(name)
  const bits = BigInt(`0x${lines.find(line => line.startsWith(`${field}:`))!.split(/\s+/)[1]}`)
  return [SIGHUP, SIGUSR2, SIGPIPE, SIGXFSZ].filter(number => (bits >> BigInt(number - 1)) & 1n)
}

test('the program gets the arguments and the environment, and keeps the pid', async () => {
  const { pid, lines } = await outputOf('arguments')
  expect(lines).toEqual(['a b', '', 'ü', 'x=y', String(pid)])
})

test('without an environment it gets that of the process', async () => {
  expect((await outputOf('environment')).lines).toContain('FROM_HERE=yes')
})

test('a variable that is undefined does not exist', async () => {
  expect((await outputOf('undefinedVariable')).lines).toEqual(['KEPT=1'])
})

test('SIGPIPE and SIGXFSZ, which Node ignores, are default again', async () => {
  expect(await signalsOf('untouched', 'SigIgn')).toEqual([])
})

test('what the program itself ignores stays ignored, SIGPIPE too', async () => {
  expect(await signalsOf('ignoredByProgram', 'SigIgn')).toEqual([SIGUSR2, SIGPIPE])
})

test('what the program catches is default again', async () => {
  expect(await signalsOf('caught', 'SigIgn')).toEqual([])
  expect(await signalsOf('ignoredThenDefault', 'SigIgn')).toEqual([])
})

test('the signal mask stays', async () => {
  expect(await signalsOf('untouched', 'SigBlk')).toEqual([])
  expect(await signalsOf('mask', 'SigBlk')).toEqual([SIGHUP, SIGUSR2])
})

test('when it fails, everything is as it was', async () => {
  const codes = ['ENOENT', 'EACCES', 'EACCES']
  expect(await askFixture('posix/execve', ['failed'])).toEqual({ codes, pipe: 'EPIPE', caught: 0 })
  expect(await askFixture('posix/execve', ['failed', 'catch'])).toEqual({
    codes,
    pipe: 'EPIPE',
    caught: 1,
  })
})

test('in a child: a program of its own, which a broken pipe ends', async () => {
  const status = await askFixture('posix/execve', ['forked'])
  expect(status).toMatchObject({ kind: 'signaled', signal: 'SIGPIPE' })
})

test('the standard descriptors go on', async () => {
  const fixture = startFixture('posix/execve', ['standard'])
  await fixture.line(/before/)
  fixture.tell('a line')
  await fixture.line(/got a line/)
  await fixture.line(/error/, { from: fixture.stderr })
})
