import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { signals, stat, untilAsleep } from '../support/proc.ts'
import { until } from '../support/until.ts'

const start = (name: string) => startFixture('posix/beside', [name])

test('a handler runs on the next turn of the event loop', async () => {
  expect(await askFixture('posix/beside', ['loop'])).toEqual(['synchronous', 'handler'])
})

test('a signal wakes an event loop that waits', async () => {
  const fixture = start('loopWaits')
  await fixture.line(/ready/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  await fixture.line(/handler/)
  expect((await fixture.ended()).code).toBe(0)
})

test('microtasks of a handler run after it', async () => {
  const fixture = start('promiseInHandler')
  await fixture.line(/ready/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  await fixture.line(/microtask/)
  fixture.kill('SIGUSR1')
  expect((await fixture.ended()).code).toBe(0)
})

test('handlers do not keep the process alive', async () => {
  expect(await start('keepsNothingAlive').ended()).toEqual({ code: 0, signal: null })
})

test('signals that come while the process ends do it no harm', async () => {
  for (let time = 0; time < 3; time++) {
    const ends = await Promise.all(Array.from({ length: 8 }, () => start('pelted').ended()))
    expect(ends).toEqual(Array(8).fill({ code: 0, signal: null }))
  }
})

test('several signals of one kind that nobody could handle yet are one call', async () => {
  const fixture = start('together')
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGSTOP')
  await until(() => stat(fixture.pid).state === 'T')
  for (let count = 0; count < 5; count++) fixture.kill('SIGUSR2')
  expect(signals(fixture.pid, 'ShdPnd')).toContain(constants.signals.SIGUSR2)
  fixture.tell('go on')
  fixture.kill('SIGCONT')
  expect(await fixture.json()).toBe(1)
})
