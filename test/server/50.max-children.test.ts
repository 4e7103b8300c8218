import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('with --max-children 3, ten clients are served three at a time', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 3])
  const clients = await Promise.all(Array.from({ length: 10 }, () => server.client()))
  let most = 0
  const answered: number[] = []
  for (const [index, client] of clients.entries()) {
    client.send('who')
    client.line().then(
      () => answered.push(index),
      () => {},
    )
  }
  const look = setInterval(() => {
    most = Math.max(most, server.children().length)
  }, 1)
  try {
    for (let ended = 0; ended < 10; ended++) {
      await until(() => answered.length >= Math.min(ended + 3, 10))
      // The signal has been handled: nobody else was let in meanwhile.
      server.signal('SIGUSR1')
      await server.log(/^truefork: status /, ended + 1)
      expect(answered.length).toBe(Math.min(ended + 3, 10))
      await clients[answered[ended]!]!.finish()
    }
  } finally {
    clearInterval(look)
  }
  expect(most).toBe(3)
})
