import { expect, test } from 'vitest'
import { descriptors } from '../support/proc.ts'
import { listeningSocket, socketsOf, startServer } from '../support/server.ts'
import { patience, until } from '../support/until.ts'

test('a server process holds the accepted socket and not the top socket', async () => {
  const server = await startServer('talk.mjs')
  const top = listeningSocket(server.port)
  const client = await server.served()
  expect(socketsOf(server.daemon)).toContain(top)
  expect(socketsOf(client.server)).not.toContain(top)
  expect(socketsOf(client.server)).toHaveLength(1)
})

test('the daemon holds no accepted socket once it has forked', async () => {
  const server = await startServer('talk.mjs')
  const clients = [await server.served(), await server.served()]
  await until(() => socketsOf(server.daemon).length === 1)
  const accepted = clients.map(({ server }) => socketsOf(server)[0]!)
  expect(new Set(accepted).size).toBe(2)
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
})

const timeout = patience(60_000)

test('after 1,000 connections the daemon has as many descriptors as before', {
  timeout,
}, async () => {
  const server = await startServer('echo.mjs')
  const serve = async (count: number) => {
    for (let index = 0; index < count; index++) {
      const client = await server.client()
      expect(await client.ask('hello')).toBe('hello')
      client.socket.destroy()
    }
    await until(() => server.children().length === 0)
  }
  await serve(1)
  const before = [...descriptors(server.daemon)]
  const lanes = 4
  await Promise.all(Array.from({ length: lanes }, () => serve(1000 / lanes)))
  expect([...descriptors(server.daemon)]).toEqual(before)
})
