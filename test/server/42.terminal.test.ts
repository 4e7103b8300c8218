import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixtureFile, listeningSocket, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('Ctrl-C in a terminal drains: an open client is not cut off', async () => {
  const server = await startServer('talk.mjs', [], {
    under: ['python3', fixtureFile('terminal.py')],
  })
  const terminal = (pid: number) =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[4])
  expect(terminal(server.daemon)).not.toBe(0)
  const client = await server.served()
  expect(terminal(client.server)).toBe(terminal(server.daemon))

  server.tell('Ctrl-C')
  await server.log(/truefork: draining signal=SIGINT children=1 /)
  await until(() => listeningSocket(server.port) === undefined)
  expect(await client.ask('not cut off')).toBe('not cut off')
  await client.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.logged(/truefork: reaped/)).toEqual([])
})

test('a second Ctrl-C waits no longer', async () => {
  const server = await startServer('talk.mjs', [], {
    under: ['python3', fixtureFile('terminal.py')],
  })
  const client = await server.served()
  server.tell('Ctrl-C')
  await server.log(/truefork: draining signal=SIGINT /)
  server.tell('Ctrl-C')
  expect(await client.rest()).toBe('')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})
