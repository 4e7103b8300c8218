import { expect, test } from 'vitest'
import { Penalties, penaltiesFrom } from '../../src/server/penalties.ts'
import { startConfigured } from '../support/configured.ts'
import { isServed, refusedBy, untilServed } from '../support/refusals.ts'
import { type Program, startServer } from '../support/server.ts'

const other = '127.0.0.2'

/** Has a server process end with status 7, and waits until it is collected. */
async function offend(server: Program, from?: string): Promise<string> {
  const count = server.logged(/^truefork: reaped .*"exited 7"/).length
  const client = await server.client('127.0.0.1', from)
  client.send('return 7')
  expect(await client.rest()).toBe('')
  return server.log(/^truefork: reaped .*"exited 7"/, count + 1)
}

test('an offence: its source is refused, others are served', async () => {
  const server = await startServer('talk.mjs', ['--penalize', '7=60'])
  expect(await isServed(server)).toBe(true)
  expect(await offend(server)).toMatch(/ status="exited 7" children=0 penalty=60$/)
  expect(await isServed(server)).toBe(false)
  const [, left] = /detail="(\d+) s for 127\.0\.0\.1"$/.exec(await server.log(/ reason=penalty /))!
  expect(Number(left)).toBeGreaterThan(30)
  expect(Number(left)).toBeLessThanOrEqual(60)
  expect(await isServed(server, other)).toBe(true)
  expect(await refusedBy(server)).toBe('penalty: 1')
})

test('statuses that are not listed are no offence', async () => {
  const server = await startServer('talk.mjs', ['--penalize', '8=60 SIGSEGV=60'])
  expect(await offend(server)).toMatch(/ children=0$/)
  expect(await isServed(server)).toBe(true)
})

test('the end by a signal', async () => {
  const server = await startServer('talk.mjs', ['--penalize', '8=5', '--penalize', 'SIGKILL=90'])
  const client = await server.served()
  process.kill(client.server, 'SIGKILL')
  await server.log(/^truefork: reaped .* status=SIGKILL children=0 penalty=90$/)
  expect(await isServed(server)).toBe(false)
})

test('it heals', async () => {
  const server = await startServer('talk.mjs', ['--penalize', '7=1.5'])
  const start = performance.now()
  await offend(server)
  await untilServed(server)
  expect(performance.now() - start).toBeGreaterThan(1500)
})

test('it grows with each offence, up to the maximum', async () => {
  const server = await startServer('talk.mjs', ['--penalize', '7=60', '--penalty-max', 150])
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.served()))
  for (const [index, client] of clients.entries()) {
    client.send('return 7')
    await server.log(/^truefork: reaped .* penalty=/, index + 1)
  }
  const penalties = server.logged(/ penalty=/).map(line => /penalty=(.*)$/.exec(line)![1])
  expect(penalties).toEqual(['60', '120', '150', '150'])
})

test('--penalty-exempt', async () => {
  const exempt = ['--penalty-exempt', '127.0.0.2/31', '--penalty-exempt', '127.0.0.9']
  const server = await startServer('talk.mjs', ['--penalize', '7=60', ...exempt])
  for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.9']) {
    expect(await offend(server, from)).toMatch(/ children=0$/)
    expect(await isServed(server, from)).toBe(true)
  }
  await offend(server)
  expect(await isServed(server)).toBe(false)
})

test('the network of a source shares its penalty; IPv4 on a socket for both is IPv4', async () => {
  const args = ['--host', '::', '--penalize', '7=60', '--source-prefix4', 24]
  const server = await startServer('talk.mjs', args)
  await offend(server)
  expect(await isServed(server, other)).toBe(false)
  await server.log(/ reason=penalty detail="\d+ s for 127\.0\.0\.0\/24"$/)
  expect(await isServed(server, '127.0.1.1')).toBe(true)
  expect(await isServed(server, undefined, '::1')).toBe(true)
})

test('the status that a sequential handler returns', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential', '--penalize', '7=60'])
  expect(await isServed(server)).toBe(true)
  const client = await server.client()
  client.send('return 7')
  expect(await client.rest()).toBe('')
  expect(await isServed(server)).toBe(false)
  expect(await isServed(server, other)).toBe(true)
  expect(await refusedBy(server)).toBe('penalty: 1')
})

test('SIGHUP: other penalties leave those in force, an exemption and none at all end them', async () => {
  const { server, rewrite } = await startConfigured('penalize = ["7=60"]\n')
  await offend(server)
  expect(await isServed(server)).toBe(false)
  await rewrite('penalize = ["8=5", "9=5"]\npenalty-max = 3600\n')
  expect(await isServed(server)).toBe(false)

  await rewrite('penalize = ["7=60"]\npenalty-exempt = ["127.0.0.1"]\n')
  expect(await isServed(server)).toBe(true)
  await rewrite('penalize = ["7=60"]\n')
  expect(await isServed(server)).toBe(false)

  await rewrite('max-rate = "100/1"\n')
  expect(await isServed(server)).toBe(true)
  await rewrite('penalize = ["7=60"]\n')
  expect(await isServed(server)).toBe(true)
})

test('what a source owes is worked off in as much time as it was refused', () => {
  const exited = { kind: 'exited', code: 7 } as const
  const penalties = new Penalties({ seconds: new Map([['exited 7', 10]]), maxSeconds: 35 })
  const note = (seconds: number) => penalties.note('a source', exited, seconds * 1000)
  const left = (seconds: number) => penalties.left('a source', seconds * 1000)
  expect(left(0)).toBe(0)
  expect(note(0)).toBe(10)
  expect([left(0), left(9.5), left(10), left(11)]).toEqual([10, 0.5, 0, 0])
  expect(note(10)).toBe(20) // until 30
  expect([left(29), left(30)]).toEqual([1, 0])
  expect(note(45)).toBe(15) // of the 20, 15 seconds are worked off: until 60
  expect(note(60)).toBe(25) // until 85
  expect(note(85)).toBe(35) // until 120
  expect(note(120)).toBe(35) // no more than the maximum: until 155
  expect(note(190)).toBe(10) // all is worked off
  expect(penalties.left('another', 190_000)).toBe(0)
})

test.each([
  ['SIGSEGV=90', [['SIGSEGV', 90]]],
  [
    ' 1=10  255=0.5 ',
    [
      ['exited 1', 10],
      ['exited 255', 0.5],
    ],
  ],
])("'%s'", (text, penalties) => {
  expect(penaltiesFrom(text)).toEqual(penalties)
})

test.each(['', '7', '7=', '=5', '0=5', '256=5', '7=0', '7=-1', '7=5s', 'SEGV=5', 'SIGNOTHING=5'])(
  "no penalty: '%s'",
  text => {
    expect(() => penaltiesFrom(text)).toThrow(/^expected STATUS=SECONDS: a status from 1 to 255 /)
  },
)
