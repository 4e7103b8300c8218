import { once } from 'node:events'
import { createServer } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { exampleFile, expectOrder, startExample } from '../support/example.ts'
import { ask, processOf } from '../support/http.ts'
import { until, within } from '../support/until.ts'

/** The example, and what a client needs who trusts its certificate and no other. */
async function start() {
  const server = await startExample(exampleFile('tls.ts'))
  const socket = await secured(server.port, { rejectUnauthorized: false })
  const certificate = socket.getPeerX509Certificate()!.toString()
  socket.destroy()
  return { server, trusting: { ca: certificate, servername: 'localhost' } }
}

async function secured(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ...options })
  onTestFinished(() => void socket.destroy())
  await within(once(socket, 'secureConnect'), () => 'the end of the handshake')
  return socket
}

test('every server process has the certificate that was made at the start', async () => {
  const { server, trusting } = await start()
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => ask({ port: server.port, tls: trusting })),
  )
  expect(new Set(answers.map(processOf)).size).toBe(5)
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([200, expect.stringContaining('TLSv1.3, a new session')])
  }
  // The name by which these tests call it.
  await ask({ port: server.port, tls: { ca: trusting.ca } })
  await expectOrder(server)
})

test('a client that trusts another certificate goes away, and harms nobody', async () => {
  const { server } = await start()
  const { cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' })
  await expect(ask({ port: server.port, tls: { ca: cert } })).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  })
  await expectOrder(server)
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  '%s: a session that one server process began is resumed in another',
  async version => {
    const { server, trusting } = await start()
    const options = { ...trusting, minVersion: version, maxVersion: version }
    const first = connect({ host: '127.0.0.1', port: server.port, ...options })
    onTestFinished(() => void first.destroy())
    const [session] = await within(once(first, 'session'), () => 'a ticket')
    const [former] = server.children()
    first.destroy()

    const answer = await ask({ port: server.port, tls: { ...options, session } })
    expect(answer.body).toContain(`${version}, a resumed session`)
    expect(processOf(answer)).not.toBe(former)
    await expectOrder(server)
  },
)

/** What a client of TLS says first. */
async function clientHello(): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void listener.close())
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  connect({ host: '127.0.0.1', port }).on('error', () => {})
  const [socket] = await once(listener, 'connection')
  const [hello] = await once(socket, 'data')
  socket.destroy()
  return hello
}

test('brothers draw different random numbers for one and the same question', async () => {
  const { server } = await start()
  const hello = await clientHello()
  const randoms: string[] = []
  for (let count = 0; count < 5; count++) {
    const socket = await connectClient(server.port)
    socket.write(hello)
    const [answer] = (await within(once(socket, 'data'), () => 'a ServerHello')) as [Buffer]
    const [handshake, serverHello] = [answer[0], answer[5]]
    expect([handshake, serverHello]).toEqual([22, 2])
    // Behind the headers of record (5) and message (4) and the version (2): RFC 8446, 4.1.3.
    randoms.push(answer.toString('hex', 11, 43))
    socket.destroy()
  }
  expect(new Set(randoms).size).toBe(5)
  await expectOrder(server)
})

test('clients that leave before, in the middle of and after the handshake', async () => {
  const { server, trusting } = await start()
  const hello = await clientHello()
  const [none, half, resets] = await Promise.all([0, 1, 2].map(() => connectClient(server.port)))
  await until(() => server.children().length === 3)
  none!.end()
  half!.end(hello.subarray(0, 50))
  resets!.write(hello)
  await once(resets!, 'data')
  resets!.resetAndDestroy()
  const done = await secured(server.port, trusting)
  done.end()
  await expectOrder(server)
})

test('plain HTTP is refused', async () => {
  const { server } = await start()
  await expect(ask({ port: server.port })).rejects.toThrow()
  await expectOrder(server)
})
