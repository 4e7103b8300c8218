import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'

const inOrder = { code: 0, signal: null }

test('when the grace time is over, SIGTERM', async () => {
  const server = await startServer('talk.mjs', ['--grace', 1])
  const client = await server.served()
  const start = performance.now()
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('')
  const waited = performance.now() - start
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped .*status=SIGTERM /)).toHaveLength(1)
  expect(waited).toBeGreaterThan(990)
})

test('a client that finishes within it is not cut off', async () => {
  const server = await startServer('talk.mjs', ['--grace', 20])
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining .* grace=20$/)
  expect(await client.ask('not cut off')).toBe('not cut off')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
})

test('--grace 0 waits for nobody', async () => {
  const server = await startServer('talk.mjs', ['--grace', 0])
  await server.served()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped .*status=SIGTERM /)).toHaveLength(1)
})

test('5 seconds after SIGTERM, SIGKILL for who ignores it', async () => {
  const server = await startServer('talk.mjs', ['--grace', 1])
  const [stubborn, other] = [await server.served(), await server.served()]
  expect(await stubborn.ask('ignore SIGTERM')).toBe('ignored')
  server.signal('SIGTERM')
  const start = performance.now()
  await other.rest()
  expect(await stubborn.ask('still here')).toBe('still here')
  expect(await server.ended(15_000)).toEqual(inOrder)
  expect(performance.now() - start).toBeGreaterThan(5990)
  expect(server.logged(new RegExp(`reaped child=${other.server} .*status=SIGTERM `))).toHaveLength(
    1,
  )
  expect(
    server.logged(new RegExp(`reaped child=${stubborn.server} .*status=SIGKILL `)),
  ).toHaveLength(1)
})
