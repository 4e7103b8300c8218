import { expect, test } from 'vitest'
import { stat } from '../support/proc.ts'
import { startServer } from '../support/server.ts'

test('while one client stays, 100 others are served, each in a child of the daemon', async () => {
  const server = await startServer('talk.mjs')
  const first = await server.served()

  const pids = new Set([first.server])
  for (let count = 0; count < 100; count++) {
    const client = await server.client()
    const [pid, parent] = (await client.ask('who')).split(' ').map(Number)
    expect(parent).toBe(server.daemon)
    expect(stat(pid!).parent).toBe(server.daemon)
    pids.add(pid!)
    await client.finish()
  }

  expect(pids.size).toBe(101)
  expect(await first.ask('still here')).toBe('still here')
})

test('a server process leads a process group of its own', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  expect(stat(client.server).group).toBe(client.server)
})
