// What `--listen` takes: an address with its port, or the path of a UNIX socket.
import { resolve } from 'node:path'
import { SUN_PATH_MAX } from '../posix/constants.ts'
import type { Endpoint } from '../posix/sockets.ts'

const scheme = 'unix:'
const hostAndPort = /^(?:\[(?<host6>[^\][]+)\]|(?<host>[^:\][]+)):(?<port>\d{1,5})$/

export const listenExpectation = `HOST:PORT, [IPV6]:PORT or unix:PATH, a path of at most ${SUN_PATH_MAX} bytes`

/**
 * Takes an address apart: `127.0.0.1:7777`, `localhost:7777`, `[::]:7777`, `unix:/run/socket`. The
 * host may still be a name. A relative path starts at the current directory.
 *
 * @returns undefined if it is none of these
 */
export function listenAddress(text: string): Endpoint | undefined {
  if (text.startsWith(scheme)) return socketPath(text.slice(scheme.length))
  const { host6, host = host6, port } = hostAndPort.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65535) return undefined
  return { host, port: Number(port) }
}

// An abstract name (@…) has no permissions: every user of the machine could connect. It is taken
// from a service manager alone, which makes it known that somebody wants that.
function socketPath(path: string): Endpoint | undefined {
  if (path === '' || path.startsWith('@') || path.includes('\0')) return undefined
  const whole = resolve(path)
  return Buffer.byteLength(whole) > SUN_PATH_MAX ? undefined : { path: whole }
}
