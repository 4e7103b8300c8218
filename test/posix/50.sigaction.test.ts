import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { knowsOption } from '../support/node.ts'
import { signals } from '../support/proc.ts'
import { until } from '../support/until.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/signals', [name, ...args])
const start = (name: string, ...args: string[]) => startFixture('posix/signals', [name, ...args])

test('sigaction returns the disposition until then', async () => {
  expect(await ask('old')).toEqual([
    { handler: 'default', flags: 0, mask: [] },
    { handler: 'first', flags: expect.any(Number), mask: ['SIGHUP', 'SIGTERM'] },
    { handler: 'first', flags: expect.any(Number), mask: ['SIGHUP', 'SIGTERM'] },
    { handler: 'second', flags: 0, mask: [] },
    { handler: 'ignore', flags: 0, mask: [] },
    { handler: 'default', flags: 0, mask: [] },
  ])
})

test("Node's own handlers are reported as default, SIGPIPE as ignored", async () => {
  const found = await ask('atTheStart')
  expect(found).toEqual([...Array(5).fill('default'), 'ignore', 'default', 'default'])
})

test("a handler takes the place of Node's own", async () => {
  expect(await ask('replacesNodes')).toEqual(['SIGINT', 'SIGTERM', 'SIGUSR1'])
})

test.each(['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2'] as const)(
  '%s set to default ends the process',
  async signal => {
    const fixture = start('backToDefault', signal)
    expect(await fixture.ended()).toEqual({ code: null, signal })
    expect(fixture.stdout.all).toEqual([])
  },
)

test.runIf(knowsOption('--disable-sigusr1'))(
  'a handler for SIGUSR1 works where Node blocks that signal, unless the program blocks it itself',
  async () => {
    const nodeArgs = ['--disable-sigusr1']
    const ask = (name: string) => askFixture('posix/signals', [name], { nodeArgs })
    expect(await ask('sigusr1')).toEqual(['SIGUSR1'])
    expect(await ask('sigusr1Blocked')).toEqual([[], ['SIGUSR1']])
  },
)

test('an ignored signal does nothing', async () => {
  expect(await ask('ignored')).toBe('still here')
})

test('a signal to oneself has been handled when kill returns', async () => {
  expect(await ask('handledAtOnce')).toEqual(['SIGUSR2'])
})

test('the handler gets the name of the signal', async () => {
  expect(await ask('argument')).toEqual([['SIGUSR2']])
})

test.each(['restart', 'interrupt'])('SA_RESETHAND: one call, then the default (%s)', async flag => {
  const fixture = start('resetHandler', flag)
  expect(await fixture.ended()).toEqual({ code: null, signal: 'SIGUSR2' })
  expect(fixture.stdout.all).toEqual(['handler', 'now default'])
})

test('SA_RESETHAND for a signal that another thread takes first', async () => {
  const fixture = start('resetHandlerBlocked')
  await fixture.line(/blocked/)
  fixture.kill('SIGUSR2')
  // The main thread has it for itself: the other one has sent it on.
  await until(() => signals(fixture.pid, 'SigPnd').includes(constants.signals.SIGUSR2))
  fixture.tell('go on')
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  expect(fixture.stdout.all).toEqual(['blocked', 'handler', 'now default'])
})
