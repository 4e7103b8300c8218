// The connections of this machine, in /proc/net/tcp and tcp6. See proc(5).
import { readFileSync } from 'node:fs'
import { NotSeen } from './check.ts'

/** States of a connection, as tcp(7) names them, by the number in the table. */
const states = [
  '?',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
].concat(['CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'])

export interface TcpRow {
  localPort: number
  remotePort: number
  state: string
  /** Bytes that have come and were not read yet; of a listening socket, clients not yet accepted. */
  unread: number
  /** `socket:[123]`, as descriptors name it; undefined where no process holds it. */
  socket: string | undefined
}

/** The rows with this local port, on IPv4 and IPv6. */
export function tcpRows(port: number): TcpRow[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['tcp', 'tcp6']
    .flatMap(table => lines(table))
    .filter(words => words[1]?.endsWith(hex))
    .map(rowFrom)
}

function lines(table: string): string[][] {
  let text: string
  try {
    text = readFileSync(`/proc/net/${table}`, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    if (table === 'tcp6' && code === 'ENOENT') return [] // a system without IPv6
    throw new NotSeen(`/proc/net/${table} may not be read (${code})`)
  }
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
}

function rowFrom(words: string[]): TcpRow {
  const hexadecimal = (text = '', part = 1) => Number.parseInt(text.split(':')[part] ?? '', 16)
  const inode = words[9] ?? '0'
  return {
    localPort: hexadecimal(words[1]),
    remotePort: hexadecimal(words[2]),
    state: states[hexadecimal(words[3], 0)] ?? '?',
    unread: hexadecimal(words[4]),
    socket: inode === '0' ? undefined : `socket:[${inode}]`,
  }
}
