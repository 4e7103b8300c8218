// The header of the PROXY protocol, by which a balancer says whose connection it passes on: a line
// of text (version 1) or a block of bytes (version 2). A pure function of the bytes.
// https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
import { AF_INET, AF_INET6 } from '../posix/constants.ts'
import { inet_ntop, inet_pton } from '../posix/inet.ts'
import type { SocketAddress } from '../posix/sockets.ts'

/** What the bytes at the beginning of a connection are. */
export type ProxyHeader =
  /** The beginning of a header, all of it. */
  | { kind: 'incomplete' }
  /** A connection of the sender's own: a health check. */
  | { kind: 'local'; length: number }
  /** Somebody's connection, of whom no address is told that means something here. */
  | { kind: 'unknown'; length: number }
  /** The connection of a client, and the address that it had connected to. */
  | { kind: 'proxied'; length: number; source: SocketAddress; destination: SocketAddress }
  | { kind: 'malformed'; reason: string }

/** The longest header; what is longer is refused. That of version 1 has 107 bytes at most. */
export const longestHeader = 4096
const longestLine = 107

const word = Buffer.from('PROXY ')
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n')

const incomplete: ProxyHeader = { kind: 'incomplete' }
const malformed = (reason: string): ProxyHeader => ({ kind: 'malformed', reason })

/**
 * Reads the header at the beginning of what a connection has brought so far. Nothing behind it is
 * looked at: `length` says where it ends.
 *
 * @example
 * parseProxyHeader(Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 40112 443\r\nGET /'))
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (begins(bytes, word)) return bytes.length < word.length ? incomplete : parseLine(bytes)
  if (begins(bytes, signature)) return parseBlock(bytes)
  return malformed('no header of the PROXY protocol')
}

/** Whether one begins with the other, as far as both go. */
function begins(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}

const port = '(0|[1-9]\\d{0,4})'
const grammar = new RegExp(`^PROXY TCP([46]) ([\\d.:a-fA-F]+) ([\\d.:a-fA-F]+) ${port} ${port}$`)

function parseLine(bytes: Buffer): ProxyHeader {
  // Bytes, not characters: those of more than one byte are none of this grammar's.
  const text = bytes.toString('latin1', 0, longestLine)
  const end = text.indexOf('\r\n')
  if (end < 0) {
    if (text.length === longestLine) return malformed(`no end of line within ${longestLine} bytes`)
    return incomplete
  }
  const line = text.slice(0, end)
  const length = end + 2
  // What stands behind the word is to be ignored.
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'unknown', length }
  const [, version, from = '', to = '', fromPort, toPort] = grammar.exec(line) ?? []
  const source = addressOfLine(version, from, Number(fromPort))
  const destination = addressOfLine(version, to, Number(toPort))
  if (!source || !destination) return malformed('its line is none of version 1')
  return { kind: 'proxied', length, source, destination }
}

const decimal = '(?:0|[1-9]\\d{0,2})'
const dotted = new RegExp(`^${decimal}(?:\\.${decimal}){3}$`)

function addressOfLine(
  version: string | undefined,
  text: string,
  port: number,
): SocketAddress | undefined {
  if (!(port <= 65535)) return undefined
  if (version === '4') {
    // Systems differ in what they make of 010.0.0.1.
    const address = dotted.test(text) ? inet_pton(AF_INET, text) : null
    return address ? addressOf(address, port) : undefined
  }
  const address = text.includes(':') ? inet_pton(AF_INET6, text) : null
  return address ? addressOf(address, port) : undefined
}

/** In the words of accept(2): the shortest ones. */
function addressOf(address: Uint8Array, port: number): SocketAddress {
  return address.length === 4
    ? { family: 'IPv4', host: inet_ntop(AF_INET, address), port }
    : { family: 'IPv6', host: inet_ntop(AF_INET6, address), port }
}

/** Where in the block what stands; the addresses begin where it ends. */
const place = { version: 12, family: 13, length: 14, addresses: 16 } as const
const command = { local: 0x20, proxy: 0x21 } as const
/** The upper half of a byte, and the bytes of both addresses, with ports where there are some. */
const families: Record<number, number> = { 0: 0, 1: 2 * 4 + 2 * 2, 2: 2 * 16 + 2 * 2, 3: 2 * 108 }
/** The lower half: unspecified, stream, datagram. */
const transports = [0, 1, 2]
const overIPv4 = 0x11
const overIPv6 = 0x21

function parseBlock(bytes: Buffer): ProxyHeader {
  // What cannot become right is refused at once.
  const version = bytes[place.version]
  if (version !== undefined && version !== command.local && version !== command.proxy)
    return malformed(`version and command 0x${hex(version)}`)
  if (bytes.length < place.addresses) return incomplete
  const length = place.addresses + bytes.readUInt16BE(place.length)
  if (length > longestHeader) return malformed(`${length} bytes, more than ${longestHeader}`)
  const kind = bytes[place.family] as number
  // Of a connection of the sender's own, the family is to be ignored.
  const wrong = version === command.proxy ? objection(kind, length) : undefined
  if (wrong) return malformed(wrong)
  if (bytes.length < length) return incomplete
  if (version === command.local) return { kind: 'local', length }
  // UDP and paths of UNIX sockets of another machine are no addresses here.
  if (kind !== overIPv4 && kind !== overIPv6) return { kind: 'unknown', length }
  return parseAddresses(bytes, length, kind === overIPv4 ? 4 : 16)
}

// Behind the addresses may stand more (TLV), which is skipped.
function objection(kind: number, length: number): string | undefined {
  const needed = families[kind >> 4]
  const transport = kind & 0xf
  if (needed === undefined || !transports.includes(transport)) return `family 0x${hex(kind)}`
  if (transport === 0 || length >= place.addresses + needed) return undefined
  return `${length - place.addresses} bytes of addresses, where family 0x${hex(kind)} has ${needed}`
}

function parseAddresses(bytes: Buffer, length: number, size: 4 | 16): ProxyHeader {
  const destinationAt = place.addresses + size
  const portsAt = destinationAt + size
  const source = bytes.subarray(place.addresses, destinationAt)
  const destination = bytes.subarray(destinationAt, portsAt)
  return {
    kind: 'proxied',
    length,
    source: addressOf(source, bytes.readUInt16BE(portsAt)),
    destination: addressOf(destination, bytes.readUInt16BE(portsAt + 2)),
  }
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0')
