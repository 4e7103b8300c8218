import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startConfigured } from '../support/configured.ts'
import { isServed, refusedBy } from '../support/refusals.ts'
import { listeningSocket, socketsOf, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const rules = (...texts: string[]) => texts.flatMap(text => ['--access', text])

test('the first rule that matches decides', async () => {
  const server = await startServer(
    'talk.mjs',
    rules('allow 127.0.0.2', 'deny 127.0.0.0/30', 'allow 127.0.0.3'),
  )
  expect(await isServed(server, '127.0.0.2')).toBe(true)
  expect(await isServed(server, '127.0.0.3')).toBe(false)
  expect(await isServed(server, '127.0.0.1')).toBe(false)
})

test.each([
  ['rules that only deny let everybody else in', ['deny 127.0.0.2'], true],
  ['one that allows keeps everybody else out', ['deny 127.0.0.2', 'allow 127.0.0.3'], false],
  ['a rule for IPv6 is not for IPv4', ['deny ::/0'], true],
])('no rule matches: %s', async (_, texts, served) => {
  const server = await startServer('talk.mjs', rules(...texts))
  expect(await isServed(server)).toBe(served)
})

test('a client who is refused meets the end at once, and nothing is left of it', async () => {
  const server = await startServer('talk.mjs', rules('deny 127.0.0.2'))
  const client = await server.client('127.0.0.1', '127.0.0.2')
  expect(await client.rest()).toBe('')
  expect(client.error).toBeUndefined()
  await server.log(
    /^truefork: rejected client=127\.0\.0\.2:\d+ reason=access detail="deny 127\.0\.0\.2"$/,
  )
  expect(server.children()).toEqual([])
  await until(() => socketsOf(server.daemon).length === 1)
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
  expect(await refusedBy(server)).toBe('access: 1')
})

test('IPv6', async () => {
  const server = await startServer('talk.mjs', ['--host', '::1', ...rules('deny ::/64')])
  expect(await isServed(server, undefined, '::1')).toBe(false)
  await server.log(/^truefork: rejected client=\[::1\]:\d+ reason=access detail="deny ::\/64"$/)
  const other = await startServer('talk.mjs', ['--host', '::1', ...rules('allow ::1', 'deny all')])
  expect(await isServed(other, undefined, '::1')).toBe(true)
})

test('on a socket for both families, a client of IPv4 meets the rules of IPv4', async () => {
  const args = ['--host', '::', ...rules('deny 127.0.0.2', 'allow 127.0.0.0/8', 'deny all')]
  const server = await startServer('talk.mjs', args)
  expect(await isServed(server)).toBe(true)
  expect(await isServed(server, '127.0.0.2')).toBe(false)
  expect(await isServed(server, undefined, '::1')).toBe(false)
  await server.log(/^truefork: rejected client=\[::ffff:127\.0\.0\.2\]:\d+ reason=access /)
})

test('a sequential server has them, too', async () => {
  const server = await startServer('talk.mjs', [
    ...['--model', 'sequential'],
    ...rules('deny 127.0.0.2'),
  ])
  expect(await isServed(server, '127.0.0.2')).toBe(false)
  expect(await isServed(server)).toBe(true)
})

test('SIGHUP rereads them; whoever is being served stays', async () => {
  const { server, rewrite } = await startConfigured('access = ["allow all"]\n')
  const client = await server.served()
  expect(await rewrite('access = ["deny 127.0.0.1"]\n')).toContain(' changed=access ')
  expect(await client.ask('here')).toBe('here')
  expect(await isServed(server)).toBe(false)
  expect(await isServed(server, '127.0.0.2')).toBe(true)
  expect(await rewrite('')).toContain(' changed=access ')
  expect(await isServed(server)).toBe(true)
  expect(await rewrite('access = []\n')).toContain(' changed=none ')
})

test('one bad rule: none of the new ones is in force', async () => {
  const { server, file } = await startConfigured('access = ["deny 127.0.0.2"]\n')
  writeFileSync(file, 'access = [\n  "deny 127.0.0.1",\n  "deny 127.0.0.3/8",\n]\n')
  server.signal('SIGHUP')
  expect(await server.log(/^truefork: reload-failed /)).toMatch(
    /server\.toml:1: access: 'deny 127\.0\.0\.3\/8': expected the start of a network, 127\.0\.0\.0\/8,/,
  )
  expect(await isServed(server)).toBe(true)
  expect(await isServed(server, '127.0.0.2')).toBe(false)
})

test('rules on the command line take the place of those in the file', async () => {
  const { server, rewrite } = await startConfigured(
    'access = ["deny all"]\n',
    rules('deny 127.0.0.2'),
  )
  expect(await isServed(server)).toBe(true)
  expect(await rewrite('access = ["deny 127.0.0.0/8"]\n')).toContain(' changed=none ')
  expect(await isServed(server)).toBe(true)
})

test('while the server drains, who waits is refused or served by the rules', async () => {
  const server = await startServer('talk.mjs', ['--max-children', 1, ...rules('deny 127.0.0.2')])
  const first = await server.served()
  const denied = await server.client('127.0.0.1', '127.0.0.2')
  const allowed = await server.client()
  server.signal('SIGTERM')
  await server.log(/^truefork: draining /)
  await first.finish()
  expect(await denied.rest()).toBe('')
  expect(await allowed.ask('served yet')).toBe('served yet')
  await allowed.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('a hundred who are refused at once do not keep one from being served', async () => {
  const server = await startServer('talk.mjs', rules('deny 127.0.0.2'))
  const denied = await Promise.all(
    Array.from({ length: 100 }, () => server.client('127.0.0.1', '127.0.0.2')),
  )
  expect(await (await server.client()).ask('hello')).toBe('hello')
  for (const client of denied) expect(await client.rest()).toBe('')
  expect(await refusedBy(server)).toBe('access: 100')
  await until(() => server.children().length === 1)
})
