import { expect, test } from 'vitest'
import { title } from '../support/proc.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }

test('told to stop, it serves on; whoever is served can say so', async () => {
  const server = await startServer('talk.mjs', ['--drain-delay', 3600])
  const early = await server.served()
  await early.ask('watch')
  server.signal('SIGTERM')
  expect(await early.line()).toBe('good bye')
  await server.log(/^truefork: draining signal=SIGTERM children=1 grace=30 delay=3600$/)
  const late = await server.served()
  expect(await late.ask('draining')).toBe('true')
  await until(() => /^truefork: daemon 2 of 256, leaving/.test(title(server.daemon)), {
    what: 'the title',
  })
  // The second time nobody is waited for.
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped .*status=SIGTERM /)).toHaveLength(2)
})

test('when the delay is over it accepts no more, and the grace time begins', async () => {
  const server = await startServer('talk.mjs', ['--drain-delay', 1, '--grace', 20])
  const client = await server.served()
  const start = performance.now()
  server.signal('SIGTERM')
  await server.log(/draining/)
  await until(
    () =>
      server.client().then(
        late => late.finish().then(() => false),
        () => true,
      ),
    { what: 'a refusal' },
  )
  expect(performance.now() - start).toBeGreaterThan(990)
  expect(await client.ask('served still')).toBe('served still')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped/)).toEqual([])
})

test('with nobody to serve it still waits for the balancer, and then ends', async () => {
  const server = await startServer('talk.mjs', ['--drain-delay', 0.5])
  const start = performance.now()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
  expect(performance.now() - start).toBeGreaterThan(490)
})

test('the sequential server, too', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential', '--drain-delay', 1])
  server.signal('SIGTERM')
  await server.log(/draining/)
  const client = await server.client()
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
})
