import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { childrenOf, stat } from '../support/proc.ts'
import { until } from '../support/until.ts'

const ask = (name: string) => askFixture('posix/beside', [name])

test('exit events of node:child_process come with a handler for SIGCHLD set before', async () => {
  expect(await ask('handlerThenSpawn')).toEqual({ codes: [3, 4], told: true })
})

test('and with one set after the first child was started', async () => {
  expect(await ask('spawnThenHandler')).toEqual({ codes: [3, 4], told: true })
})

test('and after a handler that was taken back', async () => {
  expect(await ask('handlerTakenBack')).toEqual({ code: 3, waited: 5 })
})

test('and with waitpid before, after, and in between, without any handler', async () => {
  expect(await ask('spawnThenWait')).toEqual({ waited: 5, code: 3 })
  expect(await ask('waitThenSpawn')).toEqual({ first: 5, code: 3, second: 6 })
  expect(await ask('spawnWaitHandler')).toEqual({
    waited: 5,
    codes: [3, 4],
    told: true,
    second: 6,
  })
})

test('and for a child that ends while waitpid waits for another', async () => {
  const fixture = startFixture('posix/beside', ['endsDuringWait'])
  // One has ended and is nobody's yet, the other one is waited for.
  await until(() => {
    const states = childrenOf(fixture.pid).map(pid => stat(pid).state)
    return states.length === 2 && states.includes('Z')
  })
  fixture.tell('go on')
  expect(await fixture.json()).toEqual({ waited: 5, code: 3 })
})

test('listeners of process.on that exist before a sigaction keep working beside it', async () => {
  const listener = 'listener SIGUSR2'
  expect(await ask('listenerBefore')).toEqual([['handler SIGUSR2', listener], [listener]])
})

test('process.on for another signal works as ever', async () => {
  const notes = await ask('listenerOfAnother')
  expect(notes).toEqual(['handler SIGUSR1', 'listener SIGUSR2'])
})

test('a Worker cannot load it: signals and fork belong to the process', async () => {
  expect(await askFixture('posix/worker')).toBe(
    'truefork works on the main thread, not in a Worker',
  )
})
