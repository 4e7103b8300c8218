import type { Socket } from 'node:net'
import type { SocketAddress } from '../posix/sockets.ts'

type GetName = (into: object) => 0

/**
 * Has a socket of Node's tell addresses that are not those of its descriptor, but of a header of the
 * PROXY protocol. It is its handle that is changed: http and TLS, and what stands on them, ask that one.
 */
export function tellAddresses(socket: Socket, remote: SocketAddress, local: SocketAddress): void {
  const { _handle: handle } = socket as Socket & {
    _handle?: { getpeername?: GetName; getsockname?: GetName }
  }
  if (!handle) return
  handle.getpeername = into => fill(into, remote)
  handle.getsockname = into => fill(into, local)
}

function fill(into: object, address: SocketAddress): 0 {
  if ('host' in address) {
    const { host, port, family } = address
    Object.assign(into, { address: host, port, family })
  }
  return 0
}
