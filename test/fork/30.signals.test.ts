import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { childrenOf, untilAsleep } from '../support/proc.ts'

const start = (name: string) => startFixture('fork/signals', [name])

test('dispositions and the mask are those of the parent', async () => {
  const fixture = start('dispositions')
  const expected = [true, ['SIGHUP'], 'ignore', 'default', ['SIGTERM']]
  expect(await fixture.json()).toEqual(expected)
  expect(await fixture.json()).toEqual(expected)
})

test('pending signals stay with the parent, blocked or caught', async () => {
  const fixture = start('pending')
  expect(await fixture.json()).toEqual({ pending: [], notes: [] })
  const parent = await fixture.json()
  expect(parent).toEqual({ pending: ['SIGUSR1'], notes: ['SIGUSR1', 'SIGUSR2'] })
})

test.each(['blocking', 'loop'])(
  'a signal wakes the one that it is sent to, and nobody else (%s)',
  async how => {
    const fixture = start(how)
    for (const _ of ['parent', 'child']) await fixture.line(/waits/)
    const [child] = childrenOf(fixture.pid) as [number]
    // Twice each, in turn: a signal that woke the wrong one would show, at the latest, then.
    for (const pid of [child, fixture.pid, child, fixture.pid]) {
      await Promise.all([child, fixture.pid].map(untilAsleep))
      process.kill(pid, 'SIGUSR2')
      expect((await fixture.line(/.*SIGUSR2/))[0]).toBe(`${pid} SIGUSR2`)
    }
    expect(fixture.stdout.all).toHaveLength(6)
  },
)

test('a handler that the child sets is its own', async () => {
  const fixture = start('own')
  await fixture.ended()
  expect(fixture.stdout.all).toEqual(['child', 'parent'])
})

test('a storm of signals during the forks reaches the parent alone', async () => {
  expect(await askFixture('fork/signals', ['storm'])).toEqual([['exited 0'], true])
})
