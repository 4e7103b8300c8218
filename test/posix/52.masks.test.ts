import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { signals, untilAsleep } from '../support/proc.ts'
import { until } from '../support/until.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/signals', [name, ...args])
const start = (name: string, ...args: string[]) => startFixture('posix/signals', [name, ...args])

test('sigprocmask blocks, unblocks, sets, and returns the mask until then', async () => {
  expect(await ask('masks')).toEqual([
    [],
    ['SIGUSR2'],
    ['SIGHUP', 'SIGUSR2'],
    ['SIGHUP'],
    ['SIGTERM'],
  ])
})

test('a blocked signal is pending, and handled when it is unblocked', async () => {
  expect(await ask('pending')).toEqual({
    none: [],
    pending: ['SIGHUP', 'SIGUSR2'],
    handled: [],
    notes: ['SIGHUP', 'SIGUSR2'],
    left: [],
  })
})

// V8 has a thread of its own, which blocks none of these: the kernel gives them to that one.
test.each(['SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGALRM'] as const)(
  'blocked with the default disposition, %s to the process waits, and acts when unblocked',
  async signal => {
    const fixture = start('blockedDefault', signal)
    await fixture.line(/blocked/)
    fixture.kill(signal)
    const number = constants.signals[signal]
    // Of the main thread: until that other one has sent it on, it waits nowhere.
    await until(() => signals(fixture.pid, 'SigPnd').includes(number))
    fixture.tell('look')
    expect(await fixture.json()).toEqual([[signal], ['default']])
    fixture.tell('unblock')
    expect(await fixture.ended()).toEqual({ code: null, signal })
    expect(fixture.stdout.all).not.toContain('still here')
  },
)

test('a signal whose default is nothing may be blocked and unblocked, too', async () => {
  const fixture = start('blockedDefault', 'SIGWINCH', 'SIGURG')
  await fixture.line(/blocked/)
  fixture.kill('SIGWINCH')
  fixture.tell('look')
  await fixture.json()
  fixture.tell('unblock')
  await fixture.line(/still here/)
  expect((await fixture.ended()).code).toBe(0)
})

test('a blocked signal that is then ignored is dropped', async () => {
  const fixture = start('blockedDefaultDropped')
  await fixture.line(/blocked/)
  fixture.kill('SIGUSR2')
  await until(() => signals(fixture.pid, 'SigPnd').length)
  fixture.tell('go on')
  expect(await fixture.json()).toBe('still here')
})

test('blocked and caught: nothing is interrupted, and the handler runs when unblocked', async () => {
  const fixture = start('blockedCaught')
  await fixture.line(/blocked/)
  fixture.kill('SIGUSR2')
  fixture.tell('go on')
  expect(await fixture.json()).toEqual([0, 1, 1])
})

test('sigsuspend waits for what its mask lets through, and puts the old mask back', async () => {
  const fixture = start('sigsuspend')
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGHUP')
  await until(() => signals(fixture.pid, 'SigPnd').length)
  fixture.kill('SIGUSR2')
  expect(await fixture.json()).toEqual({
    notes: ['SIGUSR2'],
    mask: ['SIGHUP', 'SIGUSR2'],
    pending: ['SIGHUP'],
  })
})

test('sigsuspend returns at once for a signal that waited', async () => {
  expect(await ask('sigsuspendPending')).toEqual(['SIGUSR2'])
})

test('ppoll with an empty mask is woken by a signal that is blocked outside', async () => {
  const fixture = start('ppoll')
  await fixture.line(/waiting/)
  fixture.kill('SIGUSR2') // before the wait or in it: it must not matter
  expect(await fixture.json()).toEqual({ closed: 0, error: 'ppoll EINTR', notes: ['SIGUSR2'] })
})

test('a default disposition acts in a ppoll that lets the signal through', async () => {
  const fixture = start('ppollDefault')
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  expect(await fixture.ended()).toEqual({ code: null, signal: 'SIGUSR2' })
})

test("a signal in the mask of ppoll waits until it is over, though V8's thread would take it", async () => {
  const fixture = start('ppollBlocks')
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGHUP')
  await until(() => signals(fixture.pid, 'SigPnd').includes(constants.signals.SIGHUP))
  fixture.tell('go on')
  expect(await fixture.ended()).toEqual({ code: null, signal: 'SIGHUP' })
  expect(fixture.stdout.all).toEqual(['waiting'])
})
