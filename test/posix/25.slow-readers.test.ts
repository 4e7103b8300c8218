import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { untilAsleep } from '../support/proc.ts'

const MUCH = 4 << 20

test.each(['socketpair', 'pipe'])('write to a slow reader of a %s writes all', async kind => {
  const fixture = startFixture('posix/wire', ['writesAll', kind])
  expect(await fixture.json()).toEqual({ total: MUCH, right: true })
  expect(await fixture.json()).toBe(MUCH)
})

test.each(['socketpair', 'pipe'])(
  'a signal in the middle of a write to a %s makes the count smaller',
  async kind => {
    const fixture = startFixture('posix/wire', ['signalInTheMiddle', kind, 'interrupt'])
    await fixture.line(/writing/)
    await untilAsleep(fixture.pid)
    fixture.kill('SIGUSR2')
    // The rest is written by a second call: in all, every byte once and in order.
    expect(await fixture.json()).toEqual({ total: MUCH, right: true })
    const { first, rest, handled } = await fixture.json()
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(MUCH)
    expect([first + rest, handled]).toEqual([MUCH, 1])
  },
)

test('a signal before the first byte is EINTR', async () => {
  const fixture = startFixture('posix/wire', ['signalBefore'])
  await fixture.line(/writing/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  expect(await fixture.json()).toBe('EINTR')
})

test('a pipe and a socket without a reader: EPIPE, and the process lives', async () => {
  expect(await askFixture('posix/wire', ['brokenPipe'])).toEqual(['EPIPE', 'EPIPE'])
})
