import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { signals } from '../support/proc.ts'
import { startServer } from '../support/server.ts'

const inOrder = { code: 0, signal: null }

test('a server process that waits for its client learns that the server stops', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  expect(await client.ask('watch')).toBe('watching')
  expect(await client.ask('draining')).toBe('false')
  server.signal('SIGTERM')
  expect(await client.line()).toBe('good bye')
  expect(await client.ask('goes on')).toBe('goes on')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped/)).toEqual([])
})

test('so does one that computes', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.client()
  expect(await client.ask('compute')).toBe('computing')
  server.signal('SIGTERM')
  expect(await client.line()).toBe('enough')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
})

test('one that has not asked is not disturbed, and can ask later', async () => {
  const server = await startServer('talk.mjs')
  const [first, late] = [await server.served(), await server.served()]
  server.signal('SIGTERM')
  await server.log(/draining/)
  expect(await late.ask('draining')).toBe('true')
  expect(await late.ask('watch')).toBe('watching')
  expect(await first.ask('still here')).toBe('still here')
  await first.finish()
  await late.finish()
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped/)).toEqual([])
})

test('only who has asked catches the signal', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  const caught = () => signals(client.server, 'SigCgt')
  expect(caught()).not.toContain(constants.signals.SIGURG)
  await client.ask('watch')
  expect(caught()).toContain(constants.signals.SIGURG)
})

test('in the event loop', async () => {
  const server = await startServer('asynchronous.mjs')
  const client = await server.client()
  await client.ask('watch')
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('good bye\n')
  expect(await server.ended()).toEqual(inOrder)
  expect(server.logged(/reaped/)).toEqual([])
})

test('the sequential server tells itself', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential'])
  const client = await server.client()
  expect(await client.ask('watch')).toBe('watching')
  server.signal('SIGTERM')
  expect(await client.line()).toBe('good bye')
  await client.finish()
  expect(await server.ended()).toEqual(inOrder)
})
