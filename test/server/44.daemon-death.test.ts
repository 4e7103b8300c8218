import { once } from 'node:events'
import { expect, test } from 'vitest'
import { stat } from '../support/proc.ts'
import { startServer, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

async function killDaemon(args: string[]) {
  const server = await startServer('talk.mjs', args)
  const client = await server.served()
  const dies = once(server.child, 'exit')
  server.signal('SIGKILL')
  await dies
  return { server, client }
}

test('if the daemon process is killed, its server processes finish', async () => {
  const { server, client } = await killDaemon([])
  await until(() => stat(client.server).parent !== server.pid)
  expect(await client.ask('still served')).toBe('still served')
  await client.finish()
  await untilGone(client.server)
})

test('--on-daemon-death terminate: they end with it', async () => {
  const { client } = await killDaemon(['--on-daemon-death', 'terminate'])
  expect(await client.rest()).toBe('')
  await untilGone(client.server)
})

test('one that the daemon process has asked to end is not asked twice', async () => {
  const server = await startServer('talk.mjs', ['--on-daemon-death', 'terminate'])
  const client = await server.served()
  server.signal('SIGTERM')
  await server.log(/draining/)
  expect(await client.ask('not cut off')).toBe('not cut off')
  await client.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})
