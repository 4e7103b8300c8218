// Which socket listens, and who is at the other end of the others: /proc/net/tcp, tcp6 and unix.
import { endianness } from 'node:os'
import { AF_INET, AF_INET6 } from '../../posix/constants.ts'
import { inet_ntop } from '../../posix/inet.ts'
import type { Descriptor } from './system.ts'

/** What a descriptor is, by the inode of its socket. A socket that is in no table is neither. */
export type Sockets = Map<string, Descriptor>

// The states of TCP as the tables write them (include/net/tcp_states.h of Linux).
const listens = '0A'
// Those of UNIX sockets (include/uapi/linux/net.h), and the flag of one that listens.
const connected = '03'
const acceptsConnections = 0x10000

/** @param tcp the text of /proc/net/tcp; so the others. An empty one: there is none */
export function socketTable(tcp: string, tcp6: string, unix: string): Sockets {
  return new Map([...tcpSockets([...rows(tcp), ...rows(tcp6)]), ...unixSockets(rows(unix))])
}

const rows = (table: string): string[][] =>
  table
    .trim()
    .split('\n')
    .slice(1)
    .map(row => row.trim().split(/\s+/))

function tcpSockets(rows: string[][]): Sockets {
  const portOf = (address = '') => address.slice(address.lastIndexOf(':') + 1)
  const tops = new Set(rows.filter(row => row[3] === listens).map(row => portOf(row[1])))
  const sockets: Sockets = new Map()
  for (const [, local, remote = '', state, , , , , , inode = ''] of rows) {
    if (state === listens) sockets.set(inode, { kind: 'listening' })
    else if (tops.has(portOf(local))) {
      sockets.set(inode, { kind: 'connected', client: addressFrom(remote) })
    } else sockets.set(inode, { kind: 'connected' })
  }
  return sockets
}

// The table names the socket's own path alone: a client is known by the path that it came to.
function unixSockets(rows: string[][]): Sockets {
  const accepts = (row: string[]) => Number.parseInt(row[3] ?? '', 16) & acceptsConnections
  const tops = new Set(rows.filter(accepts).map(([, , , , , , , ...path]) => path.join(' ')))
  const sockets: Sockets = new Map()
  for (const row of rows) {
    const [, , , , , state, inode = '', ...words] = row
    const path = words.join(' ')
    if (accepts(row)) sockets.set(inode, { kind: 'listening' })
    else if (state !== connected) continue
    else if (path !== '' && tops.has(path)) {
      sockets.set(inode, { kind: 'connected', client: `unix:${path}` })
    } else sockets.set(inode, { kind: 'connected' })
  }
  return sockets
}

/** `0100007F:1E61` is `127.0.0.1:7777`: words of 32 bits in the order of the machine. */
export function addressFrom(text: string): string {
  const [host = '', port = ''] = text.split(':')
  const bytes = Buffer.from(host, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  const number = Number.parseInt(port, 16)
  if (bytes.length === 4) return `${inet_ntop(AF_INET, bytes)}:${number}`
  const address = inet_ntop(AF_INET6, bytes)
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1]
  return mapped ? `${mapped}:${number}` : `[${address}]:${number}`
}
