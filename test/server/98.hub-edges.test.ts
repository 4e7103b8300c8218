// The hub behind a balancer that speaks the PROXY protocol, and the hub where descriptors run out.
import { expect, test } from 'vitest'
import { HubClient, hubClient, hubOf, inRoom, startHub, untilHub } from '../support/hub.ts'
import { line, proxied, through } from '../support/proxy.ts'
import { socketsOf } from '../support/server.ts'
import { leaveDescriptors, limitDescriptors } from '../support/shortage.ts'
import { until } from '../support/until.ts'

const balanced = (model: string) => startHub([...proxied, '--model', model, '--log-level', 'debug'])

test.each(['fork', 'prefork'])(
  '%s: clients of a balancer are members; what follows the header is theirs',
  async model => {
    const server = await balanced(model)
    const alice = new HubClient(await through(server, line('192.0.2.7')))
    await alice.ask('claim alice')
    await alice.ask('subscribe room')
    // In one piece with the header.
    const bob = new HubClient(
      await through(server, `${line('2001:db8::8', 5, '2001:db8::1')}subscribe room\n`),
    )
    expect(await alice.event()).toMatchObject({ kind: 'joined' })
    expect(await bob.ask('claim bob')).toMatchObject({ members: [{ name: 'alice' }] })
    expect(await alice.event()).toMatchObject({ kind: 'renamed', member: { name: 'bob' } })
    await alice.ask('publish room hello')
    await server.log(/^truefork: accepted client=\[2001:db8::8\]:5 proxy=127\.0\.0\.1:\d+$/)
    const { socket } = bob.talk
    socket.resetAndDestroy()
    expect(await alice.event()).toMatchObject({ kind: 'left', lost: true, member: { name: 'bob' } })
  },
)

test('a hub that is started anew holds no client whose header has not come', async () => {
  const server = await balanced('fork')
  const old = await untilHub(server.daemon)
  const before = socketsOf(server.daemon)
  const waiting = await through(server, line('192.0.2.7').slice(0, 20))
  const accepted = await until(() =>
    socketsOf(server.daemon).find(socket => !before.includes(socket)),
  )
  process.kill(old, 'SIGKILL')
  const fresh = await until(() => {
    const hub = hubOf(server.daemon)
    return hub === old ? undefined : hub
  })
  await until(() => !socketsOf(fresh).includes(accepted))
  expect(socketsOf(server.daemon)).toContain(accepted)

  waiting.socket.write(`${line('192.0.2.7').slice(20)}claim alice\n`)
  expect(await waiting.line()).toBe('= true')
  waiting.send('end')
  expect(await waiting.rest()).toBe('')
  expect(waiting.error).toBeUndefined()
})

test('a hub without descriptors takes no more members, keeps those it has, and heals', async () => {
  const server = await startHub()
  const [alice, bob] = await inRoom(server, 'alice', 'bob')
  const hub = await untilHub(server.daemon)
  leaveDescriptors(hub, 0)
  const carol = await hubClient(server)
  expect(await carol.ask('claim carol')).toBe(
    'Error: connection.hub: the hub takes no more members',
  )
  await alice!.ask('publish room still here')
  expect(await bob!.event()).toMatchObject({ kind: 'message', message: 'still here' })
  limitDescriptors(hub, 1024)
  expect(await carol.ask('claim carol')).toBe(true)
  expect(await untilHub(server.daemon)).toBe(hub)
})

test('a server process without descriptors is no member, and may become one later', async () => {
  const server = await startHub()
  const client = await hubClient(server)
  const pid = await client.server()
  leaveDescriptors(pid, 0)
  expect(await client.ask('claim alice')).toMatch(/EMFILE/)
  limitDescriptors(pid, 1024)
  expect(await client.ask('claim alice')).toBe(true)
})

test('a daemon process without descriptors starts the hub anew as soon as it has some', async () => {
  const server = await startHub()
  const [alice] = await inRoom(server, 'alice')
  leaveDescriptors(server.daemon, 0)
  process.kill(await untilHub(server.daemon), 'SIGKILL')
  await server.log(/^truefork: error message="the hub \(pid \d+\) has ended: SIGKILL/)
  await server.log(/^truefork: error message="hub: fork: .*EMFILE/)
  limitDescriptors(server.daemon, 1024)
  expect(await alice!.event()).toEqual({ kind: 'restarted' })
  expect(await alice!.ask('members room')).toEqual(['alice'])
})
