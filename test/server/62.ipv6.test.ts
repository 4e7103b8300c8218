import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'

test('--host ::1 listens on IPv6, shown in brackets', async () => {
  const server = await startServer('talk.mjs', ['--host', '::1', '--log-level', 'debug'])
  expect(server.stderr.all[0]).toBe(
    `truefork: listening on [::1]:${server.port} (pid ${server.pid})`,
  )
  const client = await server.client('::1')
  expect(JSON.parse(await client.ask('addresses'))).toMatchObject({
    remoteAddress: '::1',
    remotePort: client.socket.localPort,
    localAddress: '::1',
    localPort: server.port,
  })
  await server.log(new RegExp(`^truefork: accepted client=\\[::1\\]:${client.socket.localPort}$`))
})

test('a host by its name', async () => {
  const server = await startServer('talk.mjs', ['--host', 'localhost'])
  const client = await server.client('localhost')
  expect(await client.ask('hello')).toBe('hello')
})
