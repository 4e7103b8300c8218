import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { untilAsleep } from '../support/proc.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/signals', [name, ...args])
const start = (name: string) => startFixture('posix/signals', [name])

test('a signal is blocked while its handler runs; not so with SA_NODEFER', async () => {
  expect(await ask('nested')).toEqual(['in 1', 'out 1', 'in 1', 'out 1'])
  expect(await ask('nested', 'nodefer')).toEqual(['in 1', 'in 2', 'out 2', 'out 1'])
})

test("the signals of the handler's mask wait until it returns, others come in between", async () => {
  const { notes, after } = await ask('handlerMask')
  expect(notes.slice(0, 2)).toEqual(['SIGTERM', 'end, pending SIGHUP,SIGUSR2'])
  expect(notes.slice(2).sort()).toEqual(['SIGHUP', 'SIGUSR2'])
  expect(after).toEqual([])
})

test('a handler may wait for another signal that came together with its own', async () => {
  expect(await ask('handlerWaits')).toEqual(['done', true])
})

test('a handler that throws makes the call throw, and loses no other signal', async () => {
  const { error, first, notes, mask } = await ask('throwing')
  expect(error).toBe('RangeError from the handler')
  expect(first).toBeLessThan(2)
  expect(notes).toEqual(['SIGHUP', 'SIGUSR2'])
  expect(mask).toEqual([])
})

test('a call that waits throws what the handler throws, whatever SA_RESTART says', async () => {
  const fixture = start('throwingInCall')
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  expect(await fixture.json()).toBe('RangeError')
})

test('in the event loop it is an uncaught exception, and the next signal still comes', async () => {
  const fixture = start('throwingInLoop')
  await fixture.line(/waiting/)
  fixture.kill('SIGUSR1')
  fixture.kill('SIGUSR2')
  fixture.tell('go on')
  expect((await fixture.ended()).code).toBe(0)
  expect(fixture.stdout.all).toEqual(['waiting', 'uncaught from the handler', 'SIGUSR2'])
})

test('an uncaught exception of a handler ends the process with 1 and its message', async () => {
  const fixture = start('uncaughtInLoop')
  await fixture.line(/ready/)
  fixture.kill('SIGUSR2')
  expect(await fixture.ended()).toEqual({ code: 1, signal: null })
  expect(fixture.stderr.all.join('\n')).toContain('RangeError: from the handler')
})

test('a signal caught just before the process ends does it no harm', async () => {
  expect(await start('pendingAtTheEnd').ended()).toEqual({ code: 3, signal: null })
})
