// admit: the step between accept and fork. Who may not be served is told so.
import { F_SETFL, O_NONBLOCK } from '../posix/constants.ts'
import { fcntl, read, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import type { Fd } from '../posix/types.ts'
import type { Refusal } from './admission.ts'
import { enter } from './flowchart.ts'
import { type Client, hostOf, type Server } from './server.ts'

/** Somebody has come, and it is known who. */
export function announce(server: Server, { name, via }: Client): void {
  if (via) server.report({ event: 'accepted', client: name, proxy: via.balancer.name })
  else server.report({ event: 'accepted', client: name })
}

/** Whether a client may be served. If not, it has been told, and is to be closed. */
export function admit(server: Server, client: Client): boolean {
  const { admission, children } = server
  const refusal = admission.decide(hostOf(client), children.size, performance.now())
  if (!refusal) return true
  enter('daemon', 'admit')
  refuse(server, client, refusal)
  return false
}

export function refuse(server: Server, client: Client, { reason, detail }: Refusal): void {
  const { name, via } = client
  if (via)
    server.report({ event: 'rejected', client: name, reason, detail, proxy: via.balancer.name })
  else server.report({ event: 'rejected', client: name, reason, detail })
  sendAway(client.fd, server.settings.refuseMessage)
}

const unread = Buffer.alloc(16_384)

// Without waiting: the client may not read, or be gone. What it has sent is taken out, once: a close
// with unread input is a reset, which looks like a fault, and can overtake the message.
function sendAway(accepted: Fd, message: string | undefined): void {
  try {
    fcntl(accepted, F_SETFL, O_NONBLOCK)
    if (message) write(accepted, message)
    read(accepted, unread)
  } catch (error) {
    if (!isSystemError(error)) throw error
  }
}
