// Balancers that speak the PROXY protocol.
import { readFileSync } from 'node:fs'
import { connectClient } from './client.ts'
import { type Program, Talk } from './server.ts'

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n')

/** A header of version 2. The length is that of what follows, unless another is claimed. */
export function block(
  versionAndCommand: number,
  family: number,
  following: Buffer = Buffer.alloc(0),
  claimed = following.length,
): Buffer {
  const head = Buffer.from([versionAndCommand, family, claimed >> 8, claimed & 0xff])
  return Buffer.concat([signature, head, following])
}

/** The addresses of TCP over IPv4, as version 2 has them. */
export function inet(source: string, sourcePort: number, to = '192.0.2.1', toPort = 443): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.set(source.split('.').map(Number))
  bytes.set(to.split('.').map(Number), 4)
  bytes.writeUInt16BE(sourcePort, 8)
  bytes.writeUInt16BE(toPort, 10)
  return bytes
}

/** The addresses of TCP over IPv6: 16 bytes each, in hexadecimal. */
export function inet6(source: string, sourcePort: number, to: string, toPort: number): Buffer {
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(sourcePort)
  ports.writeUInt16BE(toPort, 2)
  return Buffer.concat([Buffer.from(source, 'hex'), Buffer.from(to, 'hex'), ports])
}

/** A type-length-value triple. */
export const tlv = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 0xff]), value])

/** A header of version 1. */
export const line = (source: string, port = 40112, to = '192.0.2.1', toPort = 443): string =>
  `PROXY TCP${source.includes(':') ? 6 : 4} ${source} ${to} ${port} ${toPort}\r\n`

export const local = block(0x20, 0)

/** What every server of these tests is told; balancers come from 127.0.0.1. */
export const proxied = ['--proxy-protocol', '--proxy-from', '127.0.0.1']

/** A connection that begins with these bytes. */
export async function through(
  server: Program,
  header: string | Buffer,
  from?: string,
): Promise<Talk> {
  const talk = await server.client('127.0.0.1', from)
  talk.socket.setNoDelay(true)
  talk.socket.write(header)
  return talk
}

/** The same on a UNIX socket. */
export async function throughUnix(path: string, header: string | Buffer): Promise<Talk> {
  const talk = new Talk(await connectClient({ path }))
  talk.socket.write(header)
  return talk
}

/** Whether a process has taken it out of the accept queue: the kernel has an inode for it then. */
export function isAccepted({ socket }: Talk, { port }: Program): boolean {
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  const portOf = (end: string) => Number.parseInt(end.split(':')[1]!, 16)
  return rows
    .map(row => row.trim().split(/\s+/))
    .filter(([, local, remote]) => portOf(local!) === port && portOf(remote!) === socket.localPort)
    .some(words => words[9] !== '0')
}

/** What `talk.mjs` says of the addresses of its connection. */
export async function addressesOf(talk: Talk) {
  const { remoteAddress, remotePort, localAddress, localPort } = JSON.parse(
    await talk.ask('addresses'),
  )
  return { remoteAddress, remotePort, localAddress, localPort }
}
