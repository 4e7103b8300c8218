import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { childrenOf, exists, stat } from '../support/proc.ts'

const ask = (name: string) => askFixture('posix/wait', [name])

const endings = [
  { kind: 'exited', code: 0 },
  { kind: 'exited', code: 7 },
  { kind: 'exited', code: 255 },
  { kind: 'signaled', signal: 'SIGTERM', coreDumped: false },
  { kind: 'signaled', signal: 'SIGKILL', coreDumped: false },
]

test('waitpid: exited with a code, or killed by a signal', async () => {
  expect(await ask('waitpid')).toEqual(endings)
})

test('waitid tells the same', async () => {
  expect(await ask('waitid')).toEqual(endings)
})

test('no core was dumped where none is allowed', async () => {
  expect(await ask('coreDumped')).toEqual({
    kind: 'signaled',
    signal: 'SIGABRT',
    coreDumped: false,
  })
})

test('stopped and continued are told once each; describeStatus in words', async () => {
  expect(await ask('stops')).toEqual([
    null,
    'stopped SIGSTOP',
    null,
    'continued',
    'stopped SIGTSTP',
    'continued',
    'SIGKILL',
  ])
})

test('WNOWAIT only looks: the zombie stays until it is collected', async () => {
  const fixture = startFixture('posix/wait', ['look'])
  const { pid, looked } = await fixture.json()
  const ended = { pid, status: { kind: 'exited', code: 3 } }
  expect(looked).toEqual(ended)
  expect(stat(pid).state).toBe('Z')
  expect(childrenOf(fixture.pid)).toEqual([pid])
  fixture.tell('collect')
  expect(await fixture.json()).toEqual({ again: ended, collected: ended, after: 'ECHILD' })
  expect(exists(pid)).toBe(false)
  fixture.tell('done')
})

test('a child by its pid, of the own group, of another group', async () => {
  expect(await ask('choice')).toEqual([true, 1, true, null, null, true, 'ECHILD'])
})

test('-1 takes every child, each once', async () => {
  expect(await ask('any')).toEqual({ same: true, codes: [1, 2, 3] })
})

test('waitpid with SIGCHLD blocked', async () => {
  expect(await ask('blocked')).toEqual([0, 0])
  expect(await ask('blockedInChild')).toEqual({ kind: 'exited', code: 0 })
})

test('waitpid with SIGCHLD blocked and caught: the handler runs at the unblocking', async () => {
  expect(await ask('blockedAndCaught')).toEqual([0, 0, 0, true])
})

test('waitpid after a handler that was set for one signal only', async () => {
  expect(await ask('resetHandler')).toEqual([0, 0, 1])
})

test('waitpid with SIGCHLD ignored, or SA_NOCLDWAIT: ECHILD once all have ended', async () => {
  expect(await ask('ignored')).toEqual(['ECHILD', true])
  expect(await ask('noWait')).toBe('ECHILD')
})

test('SA_NOCLDSTOP: no SIGCHLD for a child that stops or goes on', async () => {
  expect(await ask('noStop')).toEqual([false, true])
})
