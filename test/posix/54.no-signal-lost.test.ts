import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { within } from '../support/until.ts'

const SIGNALS = 2500

/** Sends one signal for each byte that comes; a signal that is lost is a byte that never comes. */
async function sendOneByOne(name: string, ...args: string[]) {
  const fixture = startFixture('posix/interrupted', [name, ...args], { unread: true })
  let sent = 0
  const all = new Promise<void>((resolve, reject) => {
    fixture.child.stdout!.on('data', (bytes: Buffer) => {
      if (bytes.toString() !== '.') reject(new Error(`more than one byte: ${bytes}`))
      if (sent === SIGNALS) resolve()
      else fixture.kill('SIGUSR2')
      sent++
    })
  })
  await within(all, () => `the answer to signal ${sent}\n${fixture.stderr.all.join('\n')}`, 20_000)
  return sent - 1
}

test.each(['accept', 'read', 'pipe', 'poll', 'waitpid'])(
  'check, then wait in %s: no signal is lost in between',
  async call => {
    expect(await sendOneByOne('checkAndWait', call)).toBe(SIGNALS)
  },
)

test('the same with 20,000 signals that come faster', async () => {
  expect(await askFixture('posix/interrupted', ['checkAndWaitFast', 'poll', 20_000])).toBe(20_000)
})

test('blocked outside of ppoll, on whichever thread it lands: no signal is lost', async () => {
  expect(await sendOneByOne('checkAndPpoll')).toBe(SIGNALS)
})

test('in the event loop no signal is lost', async () => {
  expect(await sendOneByOne('checkInLoop')).toBe(SIGNALS)
})
