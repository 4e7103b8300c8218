import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { hubClient, hubOf, inRoom, serversOf, startHub, untilHub } from '../support/hub.ts'
import { exists, stat } from '../support/proc.ts'
import { socketsOf, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('what one publishes all others of the topic hear, in one order, and nobody else', async () => {
  const server = await startHub()
  const [alice, bob, carol] = await inRoom(server, 'alice', 'bob', 'carol')
  const dave = await hubClient(server)
  await dave.ask('subscribe other')
  await alice!.ask('publish room one')
  const bobs = [await bob!.event()]
  await bob!.ask('publish room two')
  const alices = [await alice!.event()]
  await alice!.ask('publish room three')
  bobs.push(await bob!.event())
  const carols = [await carol!.event(), await carol!.event(), await carol!.event()]
  expect(carols).toMatchObject([
    { kind: 'message', topic: 'room', message: 'one', from: { name: 'alice' } },
    { kind: 'message', message: 'two', from: { name: 'bob', pid: await bob!.server() } },
    { kind: 'message', message: 'three' },
  ])
  expect([bobs[0], alices[0], bobs[1]]).toEqual(carols)
  expect(await dave.ask('wait 0')).toBeNull()
})

test('who is there: joined, left, lost, and what a newcomer finds', async () => {
  const server = await startHub()
  const [alice, bob, carol] = await inRoom(server, 'alice', 'bob', 'carol')
  expect(await alice!.ask('members room')).toEqual(['alice', 'bob', 'carol'])

  await bob!.talk.finish() // in order
  expect(await alice!.event()).toMatchObject({ kind: 'left', lost: false, member: { name: 'bob' } })
  process.kill(await carol!.server(), 'SIGKILL')
  expect(await alice!.event()).toMatchObject({
    kind: 'left',
    lost: true,
    member: { name: 'carol' },
  })
  const [dave] = await inRoom(server, 'dave')
  expect(await alice!.event()).toMatchObject({ kind: 'joined', member: { name: 'dave' } })
  dave!.talk.send('throw')
  expect(await alice!.event()).toMatchObject({ kind: 'left', lost: true, member: { name: 'dave' } })
  const [erin] = await inRoom(server, 'erin')
  expect(await alice!.event()).toMatchObject({ kind: 'joined', member: { name: 'erin' } })
  erin!.talk.socket.resetAndDestroy()
  expect(await alice!.event()).toMatchObject({ kind: 'left', lost: true, member: { name: 'erin' } })
  expect(await alice!.ask('members room')).toEqual(['alice'])

  await alice!.ask('publish room first')
  await alice!.ask('publish room second')
  const newcomer = await hubClient(server)
  expect(await newcomer.ask('subscribe room 1')).toMatchObject({
    history: [{ message: 'second', from: { name: 'alice' } }],
    members: [{ name: 'alice' }],
  })
  expect(await newcomer.ask('unsubscribe room')).toBeNull()
  expect(await alice!.event()).toMatchObject({ kind: 'joined' })
  expect(await alice!.event()).toMatchObject({ kind: 'left', lost: false })
})

test('a name is of one member, until it has gone or has another', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  expect(await bob!.ask('claim alice')).toBe(false)
  expect(await bob!.ask('claim bob')).toBe(true)
  expect(await alice!.ask('claim alicia')).toBe(true)
  expect(await bob!.event()).toMatchObject({
    kind: 'renamed',
    before: 'alice',
    member: { name: 'alicia' },
  })
  expect(await bob!.ask('claim alice')).toBe(true)
  process.kill(await bob!.server(), 'SIGKILL')
  const carol = await hubClient(server)
  await until(async () => (await carol.ask('claim alice')) === true)
})

test('a message for one alone, by name and by id', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  expect(await alice!.ask('send bob hello')).toBe(true)
  expect(await bob!.event()).toMatchObject({
    kind: 'private',
    message: 'hello',
    from: { name: 'alice' },
  })
  expect(await alice!.ask(`send ${await bob!.ask('id')} again`)).toBe(true)
  expect(await bob!.event()).toMatchObject({ kind: 'private', message: 'again' })
  expect(await alice!.ask('send nobody hello')).toBe(false)
  expect(await alice!.ask('send 4711 hello')).toBe(false)
})

test('the hub keeps as many messages as it is told to, also when nobody is there', async () => {
  const server = await startHub(['--hub-history', 3])
  const [alice] = await inRoom(server, 'alice')
  await alice!.ask('flood room 5 1')
  await alice!.talk.finish()
  const bob = await hubClient(server)
  const { history } = (await bob.ask('subscribe room 10')) as { history: { message: object }[] }
  expect(history.map(({ message }) => message)).toMatchObject([
    { number: 2 },
    { number: 3 },
    { number: 4 },
  ])
})

test('who does not read keeps nobody waiting, misses messages, and is told how many', async () => {
  const server = await startHub()
  const [alice, sleeper, bob] = await inRoom(server, 'alice', 'sleeper', 'bob')
  const asleep = await sleeper!.server()
  process.kill(asleep, 'SIGSTOP')
  const [rounds, count] = [6, 500]
  for (let round = 0; round < rounds; round++) {
    await alice!.ask(`flood room ${count} 1000`)
    for (let number = 0; number < count; number++)
      expect(await bob!.event()).toMatchObject({ message: { number } })
  }
  // About 1 MiB waits for the sleeper, and what the kernel has taken.
  process.kill(asleep, 'SIGCONT')
  let next = 0
  let event = await sleeper!.event()
  for (; event.kind === 'message'; event = await sleeper!.event(), next++)
    expect(event).toMatchObject({ message: { number: next % count } })
  expect(event).toEqual({ kind: 'missed', count: rounds * count - next })
  expect(next).toBeGreaterThan(900)
  await alice!.ask('publish room after')
  expect(await sleeper!.event()).toMatchObject({ message: 'after' })
  server.signal('SIGUSR1')
  const line = await server.log(/^truefork: status /)
  expect(line).toContain(
    `members: 3, messages: ${rounds * count + 1}, missed: ${rounds * count - next}`,
  )
})

test('counts for Prometheus', async () => {
  const file = join(temporaryFolder(), 'chat.prom')
  const server = await startHub(['--metrics', file])
  const [alice] = await inRoom(server, 'alice')
  await alice!.ask('publish room hello')
  const text = await until(() => {
    const now = readFileSync(file, 'utf8')
    return now.includes('hub_members{server="chat"} 1\n') && now
  })
  expect(text).toContain('truefork_hub_messages_total{server="chat"} 1\n')
  expect(text).toContain('truefork_hub_missed_total{server="chat"} 0\n')
})

test('half a line keeps no event back, and the client and the hub take turns', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  bob!.talk.socket.write('members ')
  await alice!.ask('publish room hello')
  expect(await bob!.event()).toMatchObject({ message: 'hello' })
  expect(await bob!.ask('room')).toEqual(['alice', 'bob'])

  await alice!.ask('flood room 20 1')
  bob!.talk.socket.write('who\n'.repeat(20))
  let marks = ''
  while (marks.length < 40) marks += (await bob!.talk.line())[0]
  expect([...marks].sort().join('')).toBe('!'.repeat(20) + '='.repeat(20))
})

test('wait() ends when the time is up, and tells once that the server stops', async () => {
  const server = await startHub()
  const [alice] = await inRoom(server, 'alice')
  expect(await alice!.ask('wait 20')).toBeNull()
  server.signal('SIGTERM')
  expect(await alice!.event()).toBe('draining')
  expect(await alice!.ask('members room')).toEqual(['alice'])
  await alice!.talk.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.relatives()).toEqual([])
})

test.each([
  ['claim', '[""]', 'TypeError: name: expected a text, got ""'],
  ['publish', '[3, "x"]', 'TypeError: topic: expected a text, got 3'],
  ['publish', '["room"]', 'TypeError: message: expected what JSON can say, got undefined'],
  ['subscribe', '["room", {"history": -1}]', 'RangeError: history: expected a whole number'],
])('%s %s: what is wrong is said', async (method, argument, message) => {
  const server = await startHub()
  const client = await hubClient(server)
  expect(await client.ask(`call ${method} ${argument}`)).toContain(message)
  expect(await client.ask('members room')).toEqual([])
})

test('a message has an end, which is told before it is sent', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  expect(await alice!.ask('flood room 1 65400')).toBeNull()
  expect(await alice!.ask('flood room 1 65600')).toMatch(/^RangeError: message: expected at most/)
  expect(await bob!.event()).toMatchObject({ message: { number: 0 } })
  expect(await bob!.ask('wait 0')).toBeNull()
})

test('after leave() nothing more is said', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  await bob!.ask('leave')
  expect(await alice!.event()).toMatchObject({ kind: 'left', lost: false })
  expect(await bob!.ask('claim bob')).toContain('Error: connection.hub: this member has left')
})

test('in the event loop', async () => {
  const server = await startHub([], 'hubAsync.mjs')
  const alice = await server.client()
  expect(await alice.ask('members')).toBe('1')
  const bob = await server.client()
  expect(await alice.line()).toBe('joined ')
  bob.send('hello')
  expect(await alice.line()).toBe('message hello')
  const carol = await server.client()
  expect(await carol.line()).toBe('before hello')
  // In order, and all of them, while both ask the hub something in between.
  for (let number = 0; number < 200; number++) {
    carol.send(String(number))
    if (number % 20 === 0) alice.send('members')
  }
  for (const member of [alice, bob]) {
    const heard: string[] = []
    while (heard.length < 200) {
      const line = await member.line()
      if (line.startsWith('message ')) heard.push(line.slice(8))
    }
    expect(heard).toEqual(Array.from({ length: 200 }, (_, number) => String(number)))
  }
  bob.send('leave')
  while ((await bob.line()) !== 'over');
  while ((await carol.line()) !== 'left ');
})

test('in the event loop, too, who does not read is told what it has missed', async () => {
  const server = await startHub([], 'hubAsync.mjs')
  const alice = await server.client()
  expect(await alice.ask('members')).toBe('1')
  const slow = await server.client()
  expect(await alice.line()).toBe('joined ')
  slow.socket.pause()
  const filling = 'x'.repeat(60_000)
  for (let number = 0; number < 500; number++) alice.send(`${number} ${filling}`)
  expect(await alice.ask('members')).toBe('2')
  slow.socket.resume()
  const lines: string[] = []
  while (!lines.at(-1)?.startsWith('missed')) lines.push((await slow.line()).slice(0, 15))
  const numbers = lines
    .filter(line => line.startsWith('message'))
    .map(line => Number(line.split(' ')[1]))
  expect(numbers).toEqual(numbers.map((_, index) => index))
  expect(numbers.length).toBeLessThan(500)
})

test('the hub is a process by itself: title, group, descriptors, no place among the children', async () => {
  const server = await startHub(['--max-children', 1])
  const hub = await untilHub(server.daemon)
  expect(stat(hub).group).toBe(hub)
  const [alice] = await inRoom(server, 'alice')
  expect(serversOf(server)).toHaveLength(1)
  // Standard descriptors aside, it holds where members arrive and one connection.
  const own = socketsOf(hub)
  expect(own).toHaveLength(2)
  const servers = socketsOf(await alice!.server())
  for (const name of own) expect(servers).not.toContain(name)
  server.signal('SIGUSR1')
  expect(await server.log(/^truefork: status /)).toMatch(/ children=1 .*hub="pid: \d+, members: 1,/)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(hub, signal)
  expect(await alice!.ask('members room')).toEqual(['alice'])
  await alice!.talk.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(exists(hub)).toBe(false)
})

test('without a handler that asks for it, nobody is a member; without the option, nothing is there', async () => {
  const server = await startHub([], 'talk.mjs')
  const client = await server.served()
  server.signal('SIGUSR1')
  expect(await server.log(/^truefork: status /)).toMatch(/members: 0,/)
  await client.finish()

  const without = await startServer('hub.mjs')
  const other = await hubClient(without)
  expect(hubOf(without.daemon)).toBeUndefined()
  expect(await other.server()).toBeGreaterThan(0)
  expect(await other.ask('claim alice')).toContain('the server has none: start it with --hub')
})
