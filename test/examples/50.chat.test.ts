import { expect, test } from 'vitest'
import { chatter, startChat } from '../support/chat.ts'
import { serversOf } from '../support/hub.ts'
import { startForeign } from '../support/server.ts'
import { until } from '../support/until.ts'

test('two people, a third one, and what they say', async () => {
  const server = await startChat()
  const alice = await chatter(server, 'alice')
  const bob = await chatter(server, 'bob')
  await bob.hears(/\* you are in lobby, with alice\./)
  await alice.hears(/^\* bob has come$/)
  alice.say('hello')
  await bob.hears(/^alice: hello$/)
  bob.say('hello alice')
  await alice.hears(/^bob: hello alice$/)

  const carol = await chatter(server, 'carol')
  expect(carol.heard).toEqual(['alice: hello', 'bob: hello alice'])
  carol.say('/msg bob psst')
  await bob.hears(/^carol \(to you alone\): psst$/)
  carol.say('/msg dave psst')
  await carol.hears(/^\* dave is not here$/)
  carol.say('/who')
  await carol.hears(/^\* in lobby: alice, bob, carol$/)
  carol.say('/nick caroline')
  await bob.hears(/^\* carol is now caroline$/)
  carol.say('/nick bob')
  await carol.hears(/^\* bob is here already/)
  carol.say('/what')
  await carol.hears(/\/join ROOM/)
  expect(alice.heard).toEqual(['bob: hello alice'])

  carol.say('/join kitchen')
  await alice.hears(/^\* caroline has left$/)
  alice.say('is she gone?')
  await bob.hears(/^alice: is she gone\?$/)
  carol.say('/quit')
  await until(() => carol.socket.readableEnded)
  expect(carol.heard).not.toContain('alice: is she gone?')
})

test('a name that is taken, or is none; control characters reach nobody', async () => {
  const server = await startChat()
  const alice = await chatter(server, 'alice')
  const bob = await chatter(server, 'alice\na name\nbob')
  await bob.hears(/alice is here already/)
  await bob.hears(/a name has 1 to 20 letters/)
  bob.say('\u001b[31mred\u0007')
  await alice.hears(/^bob: \[31mred$/)
})

test('who goes is announced, and how', async () => {
  const server = await startChat()
  const alice = await chatter(server, 'alice')
  const bob = await chatter(server, 'bob')
  bob.say('/quit')
  await alice.hears(/^\* bob has left$/)
  const carol = await chatter(server, 'carol')
  carol.socket.resetAndDestroy()
  await alice.hears(/^\* carol was lost$/)
  const dave = await chatter(server, 'dave')
  const others = new Set(serversOf(server))
  const erin = await chatter(server, 'erin')
  process.kill(serversOf(server).find(pid => !others.has(pid))!, 'SIGKILL')
  await alice.hears(/^\* erin was lost$/)
  await dave.hears(/^\* erin was lost$/)
  await until(() => erin.socket.readableEnded)
})

test('who does not read keeps nobody waiting, and is told what is missing', async () => {
  const server = await startChat()
  const [alice, bob, deaf] = [
    await chatter(server, 'alice'),
    await chatter(server, 'bob'),
    await chatter(server, 'deaf'),
  ]
  deaf.socket.pause()
  // More than the buffers of a connection hold, and what the hub keeps for one.
  const [rounds, lines] = [30, 500]
  for (let round = 0; round < rounds; round++) {
    for (let line = 0; line < lines; line++) alice.say(`${round} ${line} ${'x'.repeat(900)}`)
    await bob.hears(new RegExp(`^alice: ${round} ${lines - 1} `), 60_000)
  }
  expect(bob.heard).toHaveLength(rounds * lines)
  deaf.socket.resume()
  const told = await deaf.hears(/^\* you read too slowly: \d+ messages are missing here$/)
  const missing = Number(/\d+/.exec(told)![0])
  expect(deaf.heard).toEqual(bob.heard.slice(0, rounds * lines - missing))
  alice.say('are you there again?')
  await deaf.hears(/^alice: are you there again\?$/)
}, 180_000)

test('by nc, and until the server stops', async () => {
  const server = await startChat()
  const alice = await chatter(server, 'alice')
  const bob = startForeign(['nc', '127.0.0.1', String(server.port)])
  bob.tell('bob')
  await alice.hears(/^\* bob has come$/)
  bob.tell('typed with nc')
  await alice.hears(/^bob: typed with nc$/)
  alice.say('read with nc')
  await bob.line(/^alice: read with nc$/)
  server.signal('SIGTERM')
  await bob.line(/^\* the server is about to stop/)
  bob.tell('good bye')
  await alice.hears(/^bob: good bye$/)
  bob.tell('/quit')
  alice.say('/quit')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})
