import { expect, test } from 'vitest'
import { startConfigured } from '../support/configured.ts'
import { until } from '../support/until.ts'

test('50 open connections go on with their old settings, new ones get the new', async () => {
  const { server, file, rewrite } = await startConfigured('[handler]\ngreeting = "old"\n')
  const old = await Promise.all(Array.from({ length: 50 }, () => server.served()))

  const line = await rewrite('[handler]\ngreeting = "new"\nlist = [1, 2]\n')
  expect(line).toBe(`truefork: reloaded file=${file} changed=handler needs-upgrade=none`)

  const young = await server.served()
  expect(JSON.parse(await young.ask('settings'))).toEqual({ greeting: 'new', list: [1, 2] })
  for (const client of old) {
    expect(JSON.parse(await client.ask('settings'))).toEqual({ greeting: 'old' })
    expect(await client.ask('still here')).toBe('still here')
  }
  expect(new Set(server.children())).toEqual(new Set([...old, young].map(client => client.server)))
})

test('a new max-children holds at once', async () => {
  const { server, rewrite } = await startConfigured('max-children = 1\n')
  await server.served()
  const second = await server.client()
  second.send('who')
  expect(await rewrite('max-children = 2\n')).toContain(' changed=max-children ')
  expect(await second.line()).toMatch(/^\d+ \d+$/)
  expect(server.children()).toHaveLength(2)
})

test('a lower max-children touches no connection, but no further client is taken', async () => {
  const { server, rewrite } = await startConfigured('max-children = 3\n')
  const clients = [await server.served(), await server.served(), await server.served()]
  await rewrite('max-children = 2\n')
  const waiting = await server.client()
  waiting.send('who')
  await clients[0]!.finish()
  await until(() => server.children().length === 2)
  for (const client of clients.slice(1)) expect(await client.ask('here')).toBe('here')
  expect(server.children()).toHaveLength(2)
  await clients[1]!.finish()
  expect(await waiting.line()).toMatch(/^\d+ \d+$/)
  expect(await clients[2]!.ask('here')).toBe('here')
})

test('the command line wins over the file, also after SIGHUP', async () => {
  const { server, rewrite } = await startConfigured('max-children = 5\n', ['--max-children', 1])
  const first = await server.served()
  expect(await rewrite('max-children = 9\ngrace = 3\n')).toContain(' changed=grace ')
  const second = await server.client()
  second.send('who')
  // Its signal handled and its loop gone round once more, the daemon has still one child.
  server.signal('SIGUSR1')
  await server.log(/^truefork: status children=1 accepted=1 /)
  await first.finish()
  expect(await second.line()).toMatch(/^\d+ /)
})

test('a new log level holds at once', async () => {
  const { server, rewrite } = await startConfigured('')
  await rewrite('log-level = "debug"\n')
  const client = await server.served()
  await server.log(new RegExp(`^truefork: forked child=${client.server} `))
})

test('what only a start can apply is reported, and not applied', async () => {
  const { server, rewrite } = await startConfigured('backlog = 10\n')
  expect(await rewrite('backlog = 20\nmodel = "sequential"\n')).toMatch(
    / changed=none needs-upgrade=model,backlog$/,
  )
  const clients = [await server.served(), await server.served()]
  expect(new Set(clients.map(({ server }) => server)).size).toBe(2)
})

test('back to what runs, nothing needs an upgrade', async () => {
  const { rewrite } = await startConfigured('backlog = 10\n')
  expect(await rewrite('backlog = 20\n')).toMatch(/ needs-upgrade=backlog$/)
  expect(await rewrite('backlog = 10\n')).toMatch(/ needs-upgrade=none$/)
})
