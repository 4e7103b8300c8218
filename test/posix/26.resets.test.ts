import { once } from 'node:events'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { startFixture } from '../support/fixture.ts'
import { untilAsleep } from '../support/proc.ts'
import { until } from '../support/until.ts'

async function startWithClient(name: string, ...args: string[]) {
  const fixture = startFixture('posix/wire', [name, ...args])
  const client = await connectClient((await fixture.json()).port)
  const reset = async () => {
    const closed = once(client, 'close')
    client.resetAndDestroy()
    await closed
  }
  return { fixture, client, reset }
}

test.each(['read', 'write'])('after a reset by the client %s fails with ECONNRESET', async call => {
  const { fixture, reset } = await startWithClient('afterReset', call)
  await reset()
  fixture.tell('go on')
  expect(await fixture.json()).toEqual(['ECONNRESET', call, 'EPIPE'])
})

test('a reset during a read that waits', async () => {
  const { fixture, reset } = await startWithClient('resetWhileReading')
  await fixture.line(/reading/)
  await untilAsleep(fixture.pid)
  await reset()
  expect(await fixture.json()).toEqual(['ECONNRESET', 0])
})

test('a reset during a write that waits: what was written first is told, then the error', async () => {
  const { fixture, client, reset } = await startWithClient('resetWhileWriting')
  client.pause()
  await fixture.line(/writing/)
  await untilAsleep(fixture.pid)
  await reset()
  const [code, written] = await fixture.json()
  expect(['ECONNRESET', 'EPIPE']).toContain(code)
  expect(written).toBeGreaterThan(0)
  expect(written).toBeLessThan(64 << 20)
})

test('SO_LINGER 0 makes close a reset, which the client sees as one', async () => {
  const { fixture, client } = await startWithClient('linger')
  client.resume()
  fixture.tell('close')
  expect(await until(() => client.errored)).toMatchObject({ code: 'ECONNRESET' })
})
