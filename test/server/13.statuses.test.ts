import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, startServer, untilGone } from '../support/server.ts'

test.each(['SIGKILL', 'SIGSEGV'] as const)('a server process killed by %s', async signal => {
  const server = await startServer('talk.mjs')
  const [victim, other] = [await server.served(), await server.served()]
  process.kill(victim.server, signal)
  await server.log(new RegExp(`^truefork: reaped child=${victim.server} .*status=${signal} `))
  expect(await victim.rest()).toBe('')
  expect(await other.ask('unharmed')).toBe('unharmed')
  expect(await (await server.client()).ask('next')).toBe('next')
})

test('a server process that kills itself', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  client.send('crash SIGABRT')
  await server.log(new RegExp(`^truefork: reaped child=${client.server} .*status=SIGABRT `))
})

test('a bad end is shown at every level of the log', async () => {
  const server = await startServer('talk.mjs', ['--log-level', 'error'])
  const client = await server.client()
  client.send('return 7')
  await server.log(/^truefork: reaped .*status="exited 7" /)
})

test('the number that a handler returns is the exit status', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  client.send('return 7')
  await server.log(new RegExp(`^truefork: reaped child=${client.server} .*status="exited 7" `))
  await untilGone(client.server)
})

test('a number that is no exit status is an error', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  client.send('return 256')
  await server.log(/^truefork: error .*the handler returned 256: an exit status is 0 to 255/)
  await server.log(new RegExp(`^truefork: reaped child=${client.server} .*status="exited 1" `))
})

test.each([
  ['throws.mjs', 4],
  ['throws.ts', 16],
])('%s: a handler that throws is logged with the line of its source', async (name, line) => {
  const server = await startServer(name)
  const client = await server.client()
  client.send('it')
  await server.log(/^truefork: error client=127\.0\.0\.1:\d+ message="cannot do it"$/)
  await server.log(/^ {4}Error: cannot do it$/)
  const place = await server.log(/^ {8}at /)
  expect(place).toContain(`${fixtureFile(name)}:${line}:`)
  await server.log(/^truefork: reaped .*status="exited 1" /)
  expect(await client.rest()).toBe('')
})

test('a handler that was compiled before: the line of what it was compiled from', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'handler.mjs')
  // Line 2 of the file is line 42 of its source.
  const map = { version: 3, sources: ['source.ts'], names: [], mappings: ';AAyCA' }
  const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
  const text = 'export default () => {\n  throw new Error("compiled")\n}\n'
  writeFileSync(file, `${text}//# sourceMappingURL=${url}\n`)
  const server = await startServer(file)
  await (await server.client()).rest()
  expect(await server.log(/^ {8}at /)).toContain(`${join(folder, 'source.ts')}:42:`)
})

test('other clients notice nothing of a handler that throws', async () => {
  const server = await startServer('talk.mjs')
  const [victim, other] = [await server.served(), await server.served()]
  victim.send('throw for a test')
  await server.log(new RegExp(`^truefork: reaped child=${victim.server} `))
  expect(await other.ask('unharmed')).toBe('unharmed')
})

test('an end in order is not logged, but at the level debug', async () => {
  const server = await startServer('talk.mjs')
  const quiet = await server.served()
  await quiet.finish()
  const loud = await server.served()
  loud.send('return 3')
  await server.log(/^truefork: reaped .*status="exited 3"/)
  expect(server.logged(/accepted|forked|exited 0/)).toEqual([])
})

test('at the level debug, the whole life of a connection', async () => {
  const server = await startServer('talk.mjs', ['--log-level', 'debug'])
  const client = await server.served()
  const name = `client=127.0.0.1:${client.socket.localPort}`
  await client.finish()
  await server.log(new RegExp(`^truefork: accepted ${name}$`))
  await server.log(new RegExp(`^truefork: forked child=${client.server} ${name} children=1$`))
  await server.log(new RegExp(`^truefork: served ${name} code=0$`))
  await server.log(
    new RegExp(`^truefork: reaped child=${client.server} ${name} status="exited 0" children=0$`),
  )
})
