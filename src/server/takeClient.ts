// accept(2), and all that it can answer.
import { close } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { accept, type SocketAddress } from '../posix/sockets.ts'
import type { Refusal } from './admission.ts'
import { announce, refuse } from './admit.ts'
import { type Client, clientName, type Server } from './server.ts'
import { backOff, shortageOf } from './shortage.ts'
import type { Top } from './topSockets.ts'

/** How long to leave the accept queue alone when its first client cannot even be sent away. */
const pauseMs = 100

/** That the client is gone, or that the network or the firewall is in its way. */
const gone = 'ECONNABORTED EPROTO EPERM ETIMEDOUT EHOSTUNREACH ENETDOWN ENETUNREACH ENOPROTOOPT'

// A top socket does not block: another process may have been quicker.
const isNobody = (error: unknown) => isSystemError(error, 'EAGAIN', 'EINTR', ...gone.split(' '))

/**
 * Takes a client from the accept queue that is next in turn. Where there is no descriptor for it,
 * it is told so.
 *
 * @returns undefined if there is nobody to serve
 */
export function takeClient(server: Server): Client | undefined {
  const top = server.tops.next()
  if (!top) return undefined
  try {
    const client = acceptFrom(top)
    if (!server.room) announce(server, client)
    return client
  } catch (error) {
    dealWith(error, server, top)
    return undefined
  }
}

/** That accept has failed: the client may be gone, or there may be no descriptor for it. */
export function dealWith(error: unknown, server: Server, top: Top): void {
  if (isNobody(error)) return
  const reason = shortageOf(error)
  if (!reason) throw error
  const refusal = { reason, detail: (error as Error).message }
  if (sendNextAway(server, top, refusal)) return
  backOff(server, pauseMs)
  server.report({ event: 'rejected', ...refusal })
}

function acceptFrom(top: Top): Client {
  const address = {} as SocketAddress
  const fd = accept(top.fd, address)
  return { fd, address, name: clientName(address, top.address) }
}

// False if even the descriptors in reserve are of no use: then the client waits.
function sendNextAway(server: Server, top: Top, refusal: Refusal): boolean {
  if (!server.reserve.giveUp()) {
    server.reserve.take()
    return false
  }
  try {
    const client = acceptFrom(top)
    announce(server, client)
    refuse(server, client, refusal)
    close(client.fd)
    return true
  } catch (error) {
    if (!isNobody(error) && !shortageOf(error)) throw error
    return isNobody(error)
  } finally {
    server.reserve.take()
  }
}
