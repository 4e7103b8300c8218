import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { line, proxied, through } from '../support/proxy.ts'
import { fixtureFile, runCommand, startProgram, startServer } from '../support/server.ts'

const request = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const known = {
  remoteAddress: '192.0.2.7',
  remotePort: 40112,
  remoteFamily: 'IPv4',
  localAddress: '2001:db8::1',
  localPort: 443,
  address: { address: '2001:db8::1', port: 443, family: 'IPv6' },
}
const mixed = line('192.0.2.7', 40112, '192.0.2.1', 443)
const sixes = line('2001:db8::7', 40112, '2001:db8::1', 443)
const six = { ...known, remoteAddress: '2001:db8::7', remoteFamily: 'IPv6' }
const four = {
  ...known,
  localAddress: '192.0.2.1',
  address: { address: '192.0.2.1', port: 443, family: 'IPv4' },
}

test.each([
  ['fork', mixed, four],
  ['fork', sixes, six],
  ['prefork', sixes, six],
])('node:http, model %s: its sockets have the addresses of %j', async (model, header, expected) => {
  const server = await startServer('addresses.mjs', [...proxied, '--model', model])
  const talk = await through(server, header + request)
  expect(JSON.parse((await talk.rest()).split('\r\n\r\n')[1]!)).toMatchObject(expected)
})

test('node:https: TLS begins behind the header', async () => {
  const server = await startServer('addresses.mjs', proxied, { env: { TLS: '1' } })
  const { socket } = await through(server, mixed)
  const { address: _, ...expected } = four
  const secured = connect({ socket, rejectUnauthorized: false })
  await once(secured, 'secureConnect')
  secured.write(request)
  expect(JSON.parse((await text(secured)).split('\r\n\r\n')[1]!)).toMatchObject(expected)
})

test('serve(): proxyProtocol, proxyFrom, and what onEvent is told', async () => {
  const options = { proxyProtocol: true, proxyFrom: ['127.0.0.0/8', '::1'], proxyTimeout: 1 }
  const server = startProgram('api.mjs', ['events', JSON.stringify(options)])
  server.port = (await server.json()).port
  const talk = await through(server, mixed)
  expect(JSON.parse(await talk.ask('addresses'))).toMatchObject({ remoteAddress: '192.0.2.7' })
  const { localPort } = talk.socket
  const accepted = { event: 'accepted', client: '192.0.2.7:40112', proxy: `127.0.0.1:${localPort}` }
  expect(await server.json()).toMatchObject(accepted)
  const probe = await server.client()
  const { localPort: port } = probe.socket
  await probe.finish()
  await server.line(new RegExp(`"event":"probed","client":"127.0.0.1:${port}"`))
})

const talk = fixtureFile('talk.mjs')
const nobody =
  'proxy-protocol: whose header is to be believed? Name the balancers with proxy-from, as 10.0.0.0/8'
const useless = 'it is for the header of the PROXY protocol, which needs proxy-protocol'

test.each([
  [['--proxy-protocol'], nobody],
  [['--proxy-from', '10.0.0.0/8'], `proxy-from: ${useless}`],
  [['--proxy-timeout', 5], `proxy-timeout: ${useless}`],
  [
    ['--proxy-protocol', '--proxy-from', 'balancer'],
    "--proxy-from: 'balancer': expected an address, as 192.0.2.1 or 2001:db8::1, or a network",
  ],
  [
    ['--proxy-protocol', '--proxy-from', '10.1.0.0/8'],
    "--proxy-from: '10.1.0.0/8': expected the start of a network, 10.0.0.0/8, or the address alone",
  ],
  [
    ['--proxy-protocol', '--proxy-from', '::1', '--proxy-timeout', 0],
    '--proxy-timeout: expected seconds, from 0.1 to 60, got 0',
  ],
])('%j is status 64', async (options, message) => {
  const { code, err } = await runCommand(['serve', talk, '--port', 0, ...options])
  expect({ code, err }).toEqual({ code: 64, err: [expect.stringContaining(message)] })
})

test('in the configuration file it is status 78', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'proxy-protocol = true\n')
  const { code, err } = await runCommand(['serve', talk, '--port', 0, '--config', file])
  expect({ code, err }).toEqual({ code: 78, err: [`truefork: ${file}: ${nobody}`] })
  const named = ['--proxy-from', '10.0.0.0/8', '--check-config']
  expect(await runCommand(['serve', talk, '--config', file, ...named])).toMatchObject({ code: 0 })
})
