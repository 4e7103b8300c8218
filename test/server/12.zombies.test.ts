import { expect, test } from 'vitest'
import { stat } from '../support/proc.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('200 clients that end together leave no zombie', async () => {
  const server = await startServer('echo.mjs')
  const clients = await Promise.all(Array.from({ length: 200 }, () => server.client()))
  for (const client of clients) expect(await client.ask('hello')).toBe('hello')
  const pids = server.children()
  expect(pids).toHaveLength(200)

  for (const client of clients) client.socket.end()
  await until(() => server.children().length === 0)

  expect(stat(server.daemon).state).not.toBe('Z')
  server.signal('SIGUSR1')
  await server.log(/^truefork: status children=0 accepted=200 .*ended="exited 0: 200"/)
})
