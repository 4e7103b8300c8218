import { expect, test } from 'vitest'
import { RateLimit, rateFrom } from '../../src/server/rates.ts'
import { maxSources } from '../../src/server/sources.ts'
import { startConfigured } from '../support/configured.ts'
import { isServed, refusedBy, untilRefused, untilServed } from '../support/refusals.ts'
import { startServer } from '../support/server.ts'

const other = '127.0.0.2'

test.each(['fork', 'sequential'])(
  'model %s: it trips for one source, not for others',
  async model => {
    const server = await startServer('talk.mjs', ['--model', model, '--max-rate', '3/600'])
    for (let count = 0; count < 3; count++) expect(await isServed(server)).toBe(true)
    for (let count = 0; count < 2; count++) expect(await isServed(server)).toBe(false)
    expect(await isServed(server, other)).toBe(true)
    await server.log(
      /^truefork: rejected client=127\.0\.0\.1:\d+ reason=max-rate detail="3\/600 for 127\.0\.0\.1"$/,
    )
    expect(await refusedBy(server)).toBe('max-rate: 2')
  },
)

test('it heals, however often the source tries meanwhile', async () => {
  const server = await startServer('talk.mjs', ['--max-rate', '1/1.5'])
  await untilRefused(server)
  await untilServed(server)
  await untilRefused(server)
  await untilServed(server)
})

test('of 40 who come at once, ten are served', async () => {
  const server = await startServer('talk.mjs', ['--max-rate', '10/600'])
  const crowd = await Promise.all(Array.from({ length: 40 }, () => server.client()))
  const said = await Promise.all(crowd.map(client => client.ask('hello').catch(() => 'refused')))
  expect(said.filter(text => text === 'hello')).toHaveLength(10)
  expect(await refusedBy(server)).toBe('max-rate: 30')
  expect(await isServed(server, other)).toBe(true)
})

test('IPv6, and a network as a source', async () => {
  const args = ['--host', '::', '--max-rate', '1/600', '--source-prefix4', 8]
  const server = await startServer('talk.mjs', args)
  expect(await isServed(server, undefined, '::1')).toBe(true)
  expect(await isServed(server, undefined, '::1')).toBe(false)
  await server.log(/ reason=max-rate detail="1\/600 for ::\/64"$/)
  expect(await isServed(server)).toBe(true)
  expect(await isServed(server, other)).toBe(false)
  await server.log(/ reason=max-rate detail="1\/600 for 127\.0\.0\.0\/8"$/)
})

test('SIGHUP: another rate is another allowance, another setting leaves it', async () => {
  const { server, rewrite } = await startConfigured('max-rate = "1/600"\n')
  expect(await isServed(server)).toBe(true)
  await rewrite('max-rate = "1/600"\ngrace = 5\nmax-per-source = 50\n')
  expect(await isServed(server)).toBe(false)
  await rewrite('max-rate = "2/600"\n')
  expect([await isServed(server), await isServed(server)]).toEqual([true, true])
  expect(await isServed(server)).toBe(false)
  await rewrite('')
  expect(await isServed(server)).toBe(true)
})

test('a client whom a rule refuses takes nothing off the allowance', async () => {
  const { server, rewrite } = await startConfigured('max-rate = "1/600"\naccess = ["deny all"]\n')
  for (let count = 0; count < 3; count++) expect(await isServed(server)).toBe(false)
  await rewrite('max-rate = "1/600"\n')
  expect(await isServed(server)).toBe(true)
  expect(await refusedBy(server)).toBe('access: 3')
})

test('thousands of sources: the one that came longest ago is forgotten, the last are not', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential', '--max-rate', '1/86400'])
  const source = (number: number) => `127.1.${number >> 8}.${number & 255}`
  const step = 64
  for (let number = 0; number < maxSources; number += step) {
    const crowd = Array.from({ length: step }, (_, index) =>
      isServed(server, source(number + index)),
    )
    expect(await Promise.all(crowd)).toEqual(Array.from({ length: step }, () => true))
  }
  expect(await isServed(server, source(0))).toBe(false)
  expect(await isServed(server, '127.2.0.1')).toBe(true)
  expect(await isServed(server, source(0))).toBe(true)
  expect(await isServed(server, source(maxSources - 1))).toBe(false)
})

test('so many at once, then one each share of the time', () => {
  const limit = new RateLimit({ clients: 3, seconds: 30 })
  const taken = (...times: number[]) => times.map(seconds => limit.take('a source', seconds * 1000))
  expect(taken(0, 0, 0, 0)).toEqual([true, true, true, false])
  expect(taken(9.9, 10, 10.1)).toEqual([false, true, false])
  expect(taken(19.9, 20, 40, 40, 40)).toEqual([false, true, true, true, false])
  expect(taken(100, 100, 100, 100)).toEqual([true, true, true, false])
  expect(limit.take('another', 100_000)).toBe(true)
})

test('a rate whose share is no round number', () => {
  const limit = new RateLimit({ clients: 7, seconds: 1 })
  const taken = Array.from({ length: 8 }, () => limit.take('a source', 123_456_789.123))
  expect(taken.filter(Boolean)).toHaveLength(7)
})

test.each([
  ['10/60', { clients: 10, seconds: 60 }],
  ['1/0.5', { clients: 1, seconds: 0.5 }],
])('the rate %s', (text, rate) => {
  expect(rateFrom(text)).toEqual(rate)
})

test.each(['', '10', '/60', '10/', '0/60', '10/0', '-1/60', '1.5/60', '1/2/3', '1e3/60', ' 1/2'])(
  "no rate: '%s'",
  text => {
    expect(rateFrom(text)).toBeUndefined()
  },
)
