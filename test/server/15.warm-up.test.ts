import { expect, test } from 'vitest'
import { limit } from '../support/proc.ts'
import { listeningSocket, socketsOf, startServer } from '../support/server.ts'

test('what is played before the first client leaves no trace', async () => {
  const server = await startServer('talk.mjs', ['--log-level', 'debug', '--limit', 'nofile=100'])
  expect(server.stderr.all).toEqual([expect.stringMatching(/^truefork: listening on /)])
  expect(limit(server.daemon, 'open files')[0]).not.toBe('100')
  expect(socketsOf(server.daemon)).toEqual([listeningSocket(server.port)])
  server.signal('SIGUSR1')
  expect(await server.log(/^truefork: status /)).toMatch(
    / children=0 accepted=0 rejected=0 refused=none peak=0 ended=none /,
  )
})

test('the handler itself has not been run', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.logged(/stopped accepted=1/)).toHaveLength(1)
})
