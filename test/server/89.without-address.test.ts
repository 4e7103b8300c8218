// Clients of a UNIX socket: they have no address, so no source, and no rule is for them.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, startListening } from '../support/listening.ts'
import { refusedBy } from '../support/refusals.ts'

async function startBoth(...args: (string | number)[]) {
  const unix = `unix:${join(temporaryFolder(), 'socket')}`
  const { server, where } = await startListening([unix, '127.0.0.1:0'], args)
  return { server, unix: where[0]!, tcp: where[1]! }
}

test('rules and limits for each source are not for them', async () => {
  const { server, unix, tcp } = await startBoth(
    ...['--access', 'deny all', '--max-per-source', 1, '--max-rate', '1/600'],
    ...['--penalize', '7=60'],
  )
  const offender = await clientOf(unix)
  offender.send('return 7')
  expect(await offender.rest()).toBe('')
  await server.log(/^truefork: reaped .* status="exited 7" children=0$/)
  const clients = [await clientOf(unix), await clientOf(unix), await clientOf(unix)]
  for (const client of clients) expect(await client.ask('hello')).toBe('hello')
  expect(await (await clientOf(tcp)).rest()).toBe('')
  expect(await refusedBy(server)).toBe('access: 1')
})

test('--overload refuse and its message are', async () => {
  const { server, unix, tcp } = await startBoth(
    ...['--max-children', 1, '--overload', 'refuse', '--refuse-message', 'full\\n'],
  )
  const first = await clientOf(tcp)
  expect(await first.ask('hello')).toBe('hello')
  expect(await (await clientOf(unix)).rest()).toBe('full\n')
  await server.log(new RegExp(`^truefork: rejected client=${unix} reason=overload `))
})

test('every top socket has the same limits: a source counts on all of them', async () => {
  const args = ['--max-per-source', 1]
  const { server, where } = await startListening(['127.0.0.1:0', '[::1]:0', '127.0.0.1:0'], args)
  const [first, second, third] = where as [string, string, string]
  expect(await (await clientOf(first)).ask('hello')).toBe('hello')
  expect(await (await clientOf(second)).ask('hello')).toBe('hello')
  expect(await (await clientOf(third)).rest()).toBe('')
  expect(await refusedBy(server)).toBe('max-per-source: 1')
})
