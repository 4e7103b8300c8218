import { execFileSync } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { signals, stat, untilAsleep } from '../support/proc.ts'
import { until } from '../support/until.ts'

async function startWaiting(name: string, ...args: (string | number)[]) {
  const fixture = startFixture('posix/interrupted', [name, ...args])
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  return fixture
}

const calls = ['accept', 'read', 'pipe', 'poll', 'ppoll', 'waitpid', 'waitid']
const nameOf = (call: string) => (call === 'pipe' ? 'read' : call)

test.each(calls)('%s: the handler runs, then EINTR', async call => {
  const fixture = await startWaiting('interrupted', call)
  fixture.kill('SIGUSR2')
  expect(await fixture.json()).toEqual(['handler', `${nameOf(call)} EINTR`])
})

test.each(calls.filter(call => !call.endsWith('poll')))(
  '%s with SA_RESTART: the handler runs each time, before the call is made again',
  async call => {
    const fixture = await startWaiting('restarted', call, 3)
    for (const count of [1, 2, 3]) {
      await untilAsleep(fixture.pid)
      fixture.kill('SIGUSR2')
      await fixture.line(new RegExp(`^handled ${count}$`))
    }
    expect(await fixture.json()).toEqual({ handled: 3, error: null })
  },
)

test.each(['poll', 'ppoll'])('%s is never restarted', async call => {
  const fixture = await startWaiting('restarted', call, 99)
  fixture.kill('SIGUSR2')
  await fixture.line(/^handled 1$/)
  expect(await fixture.json()).toEqual({ handled: 1, error: `${call} EINTR` })
})

test('of two signals together one without SA_RESTART is enough for EINTR', async () => {
  const fixture = await startWaiting('mixed')
  fixture.kill('SIGSTOP')
  await until(() => stat(fixture.pid).state === 'T')
  fixture.kill('SIGUSR1')
  fixture.kill('SIGUSR2')
  fixture.kill('SIGCONT')
  const notes = await fixture.json()
  expect(notes.at(-1)).toBe('EINTR')
  expect(notes.slice(0, -1).sort()).toEqual(['interrupts', 'restarts'])
})

test.each([
  ['restart', 0],
  ['interrupt', 1],
])(
  'clients that come without a pause do not starve the handler (%s)',
  async (flag, interrupted) => {
    const fixture = startFixture('posix/interrupted', ['clientsWithoutPause', flag])
    const { port } = await fixture.json()
    await Promise.all(Array.from({ length: 100 }, () => connectClient(port)))
    await untilAsleep(fixture.pid)
    fixture.kill('SIGSTOP')
    await until(() => stat(fixture.pid).state === 'T')
    fixture.kill('SIGUSR2')
    expect(signals(fixture.pid, 'ShdPnd')).toContain(constants.signals.SIGUSR2)
    fixture.tell('go on')
    fixture.kill('SIGCONT')
    expect(await fixture.json()).toEqual({ handledAfter: 0, interrupted })
  },
)

test('open of a fifo is interrupted, and the handler has run', async () => {
  const path = join(temporaryFolder(), 'fifo')
  execFileSync('mkfifo', [path])
  const fixture = startFixture('posix/interrupted', ['openFifo', path])
  await fixture.line(/waiting/)
  await untilAsleep(fixture.pid)
  fixture.kill('SIGUSR2')
  expect(await fixture.json()).toEqual(['handler', 'EINTR'])
})

test('a listener of process.on interrupts no call; it is called in the event loop', async () => {
  const fixture = await startWaiting('listener')
  fixture.kill('SIGUSR2')
  await until(() => !signals(fixture.pid, 'ShdPnd').includes(constants.signals.SIGUSR2))
  await untilAsleep(fixture.pid)
  fixture.tell('go on')
  expect(await fixture.json()).toBe(1)
  await fixture.line(/listener/)
})
