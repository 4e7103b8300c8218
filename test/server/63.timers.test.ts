import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'

test("timers of the handler's module do not fire in the daemon, which says so once", async () => {
  const server = await startServer('timers.mjs')
  for (let count = 0; count < 3; count++) {
    const client = await server.client()
    expect(await client.ask('hello')).toBe('hello')
    await client.finish()
  }
  expect(server.logged(/^truefork: error/)).toEqual([
    'truefork: error message="timers of the program do not fire while the server runs: its daemon process blocks"',
  ])
  const after = server.stderr.all.slice(server.stderr.all.findIndex(line => /listening/.test(line)))
  expect(after.filter(line => /a timer fired/.test(line))).toEqual([])
})

test('without timers there is no warning', async () => {
  const server = await startServer('echo.mjs')
  expect(await (await server.client()).ask('hello')).toBe('hello')
  expect(server.stderr.all).toHaveLength(1)
})
