// The real nginx, as docs/scaling.md configures it.
import { describe, expect, test } from 'vitest'
import { clientOf, hasNginx, startNginx, upgradeUnderLoad } from '../support/balancer.ts'
import { proxied } from '../support/proxy.ts'
import { startServer } from '../support/server.ts'

describe.runIf(hasNginx)('nginx', () => {
  test('the handler sees who is in front of the balancer', async () => {
    const server = await startServer('talk.mjs', [...proxied, '--max-per-source', 1])
    const { port } = await startNginx([server.port])
    const talk = await clientOf(port, '127.0.0.7')
    expect(JSON.parse(await talk.ask('addresses'))).toMatchObject({
      remoteAddress: '127.0.0.7',
      remotePort: talk.socket.localPort,
      localAddress: '127.0.0.1',
      localPort: port,
    })
    expect(await (await clientOf(port, '127.0.0.7')).rest()).toBe('')
    await server.log(
      /rejected client=127\.0\.0\.7:\d+ reason=max-per-source .* proxy=127\.0\.0\.1:/,
    )
    expect(await (await clientOf(port, '127.0.0.8')).ask('hello')).toBe('hello')
  })

  test('SIGUSR2: both servers are replaced, and nobody notices', { timeout: 300_000 }, async () => {
    const servers = [await startServer('talk.mjs', proxied), await startServer('talk.mjs', proxied)]
    const { port } = await startNginx(servers.map(server => server.port))
    const { answers, failures } = await upgradeUnderLoad(port, servers)
    expect(failures).toEqual([])
    expect(answers.size).toBe(4)
    for (const server of servers) expect(server.logged(/rejected|error|reaped/)).toEqual([])
  })

  test('one is gone: clients are passed on to the other', async () => {
    const servers = [await startServer('talk.mjs', proxied), await startServer('talk.mjs', proxied)]
    const { port } = await startNginx(servers.map(server => server.port))
    servers[0]!.signal('SIGTERM')
    expect(await servers[0]!.ended()).toEqual({ code: 0, signal: null })
    for (let count = 0; count < 5; count++) {
      const talk = await clientOf(port)
      expect((await talk.ask('who')).split(' ')[1]).toBe(String(servers[1]!.daemon))
      await talk.finish()
    }
  })
})
