// The real HAProxy, as docs/scaling.md configures it.
import { describe, expect, test } from 'vitest'
import {
  clientOf,
  hasHaproxy,
  Load,
  patience,
  startHaproxy,
  upgradeUnderLoad,
} from '../support/balancer.ts'
import { ask } from '../support/http.ts'
import { proxied } from '../support/proxy.ts'
import { fixtureFile, type Program, startCommand, startServer } from '../support/server.ts'

const long = 300_000
const inOrder = { code: 0, signal: null }
const versions = [['send-proxy'], ['send-proxy-v2']]

const http = [
  'option http-server-close',
  'option httpchk GET /health',
  'option redispatch 1',
  'retries 3',
  'retry-on conn-failure empty-response',
  'default-server check inter 200 fall 2 rise 1 send-proxy-v2',
]

/** A server of balanced.ts: a new one, or again on the port of one that has ended. */
function balanced(port = 0): Promise<Program> {
  const where = ['--port', port, '--allow-root', '--drain-delay', 2]
  const command = ['serve', fixtureFile('balanced.ts'), ...where, ...proxied]
  return startCommand(command).listening(patience)
}

const serverLine = ({ port }: Program, index: number) => `server s${index} 127.0.0.1:${port}`

/** One request on a connection of its own, which must be answered; the daemon process that did. */
const askThrough = (port: number) => async () => {
  const { status, body } = await ask({ port })
  if (status !== 200) throw new Error(`status ${status}`)
  return body.split(' ')[0]!
}

describe.runIf(hasHaproxy)('HAProxy', () => {
  test.each(versions)('%s: the handler sees who is in front of the balancer', async version => {
    const server = await startServer('talk.mjs', [...proxied, '--log-level', 'debug'])
    const lines = [`server s1 127.0.0.1:${server.port} check inter 50 ${version}`]
    const { port, seen } = await startHaproxy('tcp', lines)
    await seen('s1', 'UP')
    for (const from of ['127.0.0.1', '127.0.0.7']) {
      const talk = await clientOf(port, from)
      const addresses = JSON.parse(await talk.ask('addresses'))
      expect(addresses).toMatchObject({
        remoteAddress: from,
        remotePort: talk.socket.localPort,
        localAddress: '127.0.0.1',
        localPort: port,
      })
      await talk.finish()
    }
    // Its health checks are no clients, and no errors.
    await server.log(/: probed /, 5)
    expect(server.logged(/: accepted /)).toHaveLength(2)
    expect(server.logged(/rejected|error/)).toEqual([])
    const serving = server.logged(/: forked /).map(text => /client=(\S+)/.exec(text)![1])
    expect(serving.map(client => client!.replace(/:\d+$/, ''))).toEqual(['127.0.0.1', '127.0.0.7'])
  })

  test('without the protocol its health checks leave nothing in the log either', async () => {
    const server = await startServer('talk.mjs')
    const haproxy = await startHaproxy('tcp', [
      `server s1 127.0.0.1:${server.port} check inter 50 fall 1 rise 1`,
    ])
    await haproxy.seen('s1', 'UP')
    const talk = await clientOf(haproxy.port)
    expect(await talk.ask('hello')).toBe('hello')
    await talk.finish()
    server.signal('SIGTERM')
    await haproxy.seen('s1', 'DOWN')
    expect(await server.ended()).toEqual(inOrder)
    expect(server.logged(/rejected|error|reaped/)).toEqual([])
  })

  test('limits are for those in front of it', async () => {
    const server = await startServer('talk.mjs', [...proxied, '--max-per-source', 1])
    const lines = [`server s1 127.0.0.1:${server.port} send-proxy-v2`]
    const { port } = await startHaproxy('tcp', lines)
    const talk = await clientOf(port, '127.0.0.7')
    expect(await talk.ask('hello')).toBe('hello')
    expect(await (await clientOf(port, '127.0.0.7')).rest()).toBe('')
    const other = await clientOf(port, '127.0.0.8')
    expect(await other.ask('hello')).toBe('hello')
    await server.log(/rejected client=127\.0\.0\.7:\d+ reason=max-per-source /)
  })

  test('three servers: a rolling restart, one killed, one added, and no request fails', {
    timeout: long,
  }, async () => {
    const servers = [await balanced(), await balanced(), await balanced()]
    const haproxy = await startHaproxy('http', [...http, ...servers.map(serverLine)])
    for (const index of servers.keys()) await haproxy.seen(`s${index}`, 'UP')
    const load = new Load(askThrough(haproxy.port))
    for (const [index, server] of servers.entries()) {
      await load.answeredBy(server)
      server.signal('SIGTERM')
      await haproxy.seen(`s${index}`, 'DOWN')
      // It has taken notice, long before the server closes its port.
      expect(server.logged(/: stopped /)).toEqual([])
      expect(await server.ended(patience)).toEqual(inOrder)
      servers[index] = await balanced(server.port)
      await haproxy.seen(`s${index}`, 'UP')
      await load.answeredBy(servers[index])
    }

    const [killed, other] = [servers[0]!, servers[1]!]
    killed.signal('SIGKILL')
    await haproxy.seen('s0', 'DOWN')
    await load.answeredBy(other)

    const added = await balanced()
    // What is added while it runs takes nothing over from the others.
    const options = 'check inter 200 fall 2 rise 1 send-proxy-v2 check-send-proxy'
    await haproxy.tell(`add server be/s3 127.0.0.1:${added.port} ${options}`)
    await haproxy.tell('enable health be/s3; enable server be/s3')
    await haproxy.seen('s3', 'UP')
    await load.answeredBy(added)
    await load.stop()

    expect(load.failures).toEqual([])
    expect(load.answers.size).toBe(3 + 3 + 1)
    for (const server of [...servers, added])
      expect(server.logged(/rejected|error|reaped/)).toEqual([])
  })

  test('SIGUSR2: all three are replaced, and nothing has to be tried again', {
    timeout: long,
  }, async () => {
    const servers = await Promise.all([1, 2, 3].map(() => startServer('talk.mjs', proxied)))
    const lines = ['retries 0', ...servers.map(serverLine).map(text => `${text} send-proxy-v2`)]
    const { port } = await startHaproxy('tcp', lines)
    const { answers, failures } = await upgradeUnderLoad(port, servers)
    expect(failures).toEqual([])
    expect(answers.size).toBe(6)
  })
})
