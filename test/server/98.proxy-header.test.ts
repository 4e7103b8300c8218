// A pure function: nothing here forks.
import { expect, test } from 'vitest'
import { longestHeader, parseProxyHeader } from '../../src/server/proxyHeader.ts'
import { block, inet, inet6, line, tlv } from '../support/proxy.ts'

const parse = (bytes: string | Buffer) => parseProxyHeader(Buffer.from(bytes as string, 'latin1'))
const proxied = (source: object, destination: object, length: number) => ({
  kind: 'proxied',
  length,
  source,
  destination,
})
const v4 = (host: string, port: number) => ({ family: 'IPv4', host, port })
const v6 = (host: string, port: number) => ({ family: 'IPv6', host, port })

const ones = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
const documentation = '20010db8000000000000000000000007'

test.each([
  [line('192.0.2.7'), v4('192.0.2.7', 40112), v4('192.0.2.1', 443)],
  [line('0.0.0.0', 0, '255.255.255.255', 65535), v4('0.0.0.0', 0), v4('255.255.255.255', 65535)],
  [line('2001:DB8::7', 1, '::1', 2), v6('2001:db8::7', 1), v6('::1', 2)],
  [line(ones, 65535, ones, 65535), v6(ones, 65535), v6(ones, 65535)],
  [line('0:0:0:0:0:0:0:1', 1, '2001:0db8::0007', 2), v6('::1', 1), v6('2001:db8::7', 2)],
  [line('::ffff:192.0.2.7', 1, '::', 2), v6('::ffff:192.0.2.7', 1), v6('::', 2)],
])('version 1: %j', (header, source, destination) => {
  const expected = proxied(source, destination, header.length)
  expect(parse(header)).toEqual(expected)
  expect(parse(`${header}GET / HTTP/1.1\r\n\r\n`)).toEqual(expected)
  expect(parse(`${header}${header}`)).toEqual(expected)
})

test.each([
  'PROXY UNKNOWN\r\n',
  'PROXY UNKNOWN \r\n',
  `PROXY UNKNOWN ${ones} ${ones} 65535 65535\r\n`,
  'PROXY UNKNOWN \r \n \xff anything\r\n',
])('version 1: %j has no address', header => {
  expect(parse(`${header}rest`)).toEqual({ kind: 'unknown', length: header.length })
})

test.each([
  'PROXY  TCP4 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP4  192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112 443 \r\n',
  'PROXY TCP4\t192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY tcp4 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP5 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY UDP4 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2.07 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2.256 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 040112 443\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112 65536\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 -1 443\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112 443 9\r\n',
  'PROXY TCP4 192.0.2.7 2001:db8::1 40112 443\r\n',
  'PROXY TCP4 ::1 ::1 40112 443\r\n',
  'PROXY TCP6 192.0.2.7 192.0.2.1 40112 443\r\n',
  'PROXY TCP6 2001:db8::7%lo ::1 40112 443\r\n',
  'PROXY TCP6 1::2::3 ::1 40112 443\r\n',
  'PROXY TCP6 12345::1 ::1 40112 443\r\n',
  'PROXY TCP6 1:2:3:4:5:6:7 ::1 40112 443\r\n',
  'PROXY TCP4 localhost 192.0.2.1 40112 443\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112 443\n\r\n',
  'PROXY TCP4 192.0.2.7 192.0.2.1 40112 443\r\r\n',
  'PROXY TCP4 192.0.2.7\0 192.0.2.1 40112 443\r\n',
  'PROXY UNKNOWNX\r\n',
  'PROXY \r\n',
])('no line of version 1: %j', header => {
  expect(parse(header)).toEqual({ kind: 'malformed', reason: 'its line is none of version 1' })
})

test('version 1: as far as it goes, until the 107 bytes of the longest line are full', () => {
  const longest = `PROXY UNKNOWN ${ones} ${ones} 65535 65535`
  expect(`${longest}\r\n`).toHaveLength(107)
  for (let length = 0; length < 107; length++)
    expect(parse(`${longest}\r\n`.slice(0, length))).toEqual({ kind: 'incomplete' })
  const endless = { kind: 'malformed', reason: 'no end of line within 107 bytes' }
  expect(parse(`${longest} \r\n`)).toEqual(endless)
  expect(parse(`${longest}\n\n`)).toEqual(endless)
  expect(parse(`PROXY TCP4 ${'1'.repeat(96)}`)).toEqual(endless)
})

test.each([
  'G',
  'PROXY\t',
  'PROXYTCP4',
  'proxy TCP4',
  '\r\n\r\n\0\r\nQUIt',
  '\0',
  'PRO-XY',
  '\r\r',
])('no header at all, which is seen at once: %j', start => {
  const expected = { kind: 'malformed', reason: 'no header of the PROXY protocol' }
  expect(parse(start)).toEqual(expected)
})

const source = v4('192.0.2.7', 40112)
const destination = v4('192.0.2.1', 443)
const noise = [
  tlv(0x01, Buffer.from('h2')),
  tlv(0x04, Buffer.alloc(200)),
  tlv(0xea, Buffer.alloc(0)),
]

test('version 2: TCP over IPv4 and IPv6, with what may stand behind the addresses', () => {
  for (const more of [Buffer.alloc(0), ...noise, Buffer.concat(noise), Buffer.from([1])]) {
    const header = block(0x21, 0x11, Buffer.concat([inet('192.0.2.7', 40112), more]))
    const expected = proxied(source, destination, header.length)
    expect(parse(header)).toEqual(expected)
    expect(parse(Buffer.concat([header, Buffer.from('rest')]))).toEqual(expected)
    const six = inet6(documentation, 1, 'f'.repeat(32), 65535)
    const header6 = block(0x21, 0x21, Buffer.concat([six, more]))
    const to = v6(ones, 65535)
    expect(parse(header6)).toEqual(proxied(v6('2001:db8::7', 1), to, header6.length))
  }
})

test('version 2: as far as it goes', () => {
  const header = block(0x21, 0x11, Buffer.concat([inet('192.0.2.7', 40112), ...noise]))
  for (let length = 0; length < header.length; length++)
    expect(parse(header.subarray(0, length))).toEqual({ kind: 'incomplete' })
})

test('version 2: LOCAL, whatever family and addresses come with it', () => {
  for (const family of [0, 0x11, 0x21, 0x31, 0xff])
    for (const following of [Buffer.alloc(0), inet('192.0.2.7', 40112), Buffer.alloc(500)])
      expect(parse(block(0x20, family, following))).toEqual({
        kind: 'local',
        length: 16 + following.length,
      })
})

test.each([
  ['unspecified', 0x00, 0],
  ['unspecified, with addresses', 0x00, 12],
  ['an unspecified transport', 0x10, 0],
  ['a stream of no family', 0x01, 0],
  ['UDP over IPv4', 0x12, 12],
  ['UDP over IPv6', 0x22, 36],
  ['UNIX stream', 0x31, 216],
  ['UNIX datagram', 0x32, 216],
])('version 2: %s has no address that means something here', (_, family, bytes) => {
  const header = block(0x21, family, Buffer.alloc(bytes))
  expect(parse(header)).toEqual({ kind: 'unknown', length: header.length })
})

test.each([
  ['version 1 in a block', block(0x11, 0x11, Buffer.alloc(12)), 'version and command 0x11'],
  ['version 3', block(0x31, 0x11, Buffer.alloc(12)), 'version and command 0x31'],
  ['command 2', block(0x22, 0x11, Buffer.alloc(12)), 'version and command 0x22'],
  ['family 4', block(0x21, 0x41, Buffer.alloc(12)), 'family 0x41'],
  ['transport 3', block(0x21, 0x13, Buffer.alloc(12)), 'family 0x13'],
  [
    'too few bytes',
    block(0x21, 0x11, Buffer.alloc(11)),
    '11 bytes of addresses, where family 0x11 has 12',
  ],
  [
    'IPv4 where IPv6 is claimed',
    block(0x21, 0x21, Buffer.alloc(12)),
    '12 bytes of addresses, where family 0x21 has 36',
  ],
  [
    'a short UNIX path',
    block(0x21, 0x31, Buffer.alloc(108)),
    '108 bytes of addresses, where family 0x31 has 216',
  ],
])('version 2: %s is refused as soon as it is seen', (_, header, reason) => {
  expect(parse(header)).toEqual({ kind: 'malformed', reason })
  const [seen] = [reason.startsWith('version') ? 13 : 16]
  expect(parse(header.subarray(0, seen))).toEqual({ kind: 'malformed', reason })
})

test('version 2: the longest header', () => {
  const most = longestHeader - 16
  expect(parse(block(0x20, 0, Buffer.alloc(most)))).toEqual({ kind: 'local', length: 4096 })
  for (const claimed of [most + 1, 65535])
    expect(parse(block(0x21, 0x11, inet('192.0.2.7', 1), claimed))).toEqual({
      kind: 'malformed',
      reason: `${16 + claimed} bytes, more than 4096`,
    })
})
