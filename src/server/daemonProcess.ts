// The daemon process: initialize daemon, listen, then for ever accept, fork, close.
import { ForkUnsafeError } from '../fork/checkFork.ts'
import { close } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { listen } from '../posix/sockets.ts'
import type { Pid } from '../posix/types.ts'
import { acceptClient } from './acceptClient.ts'
import { initializeDaemon } from './initializeDaemon.ts'
import { type Client, clientName, type Server } from './server.ts'
import { serveClient } from './serveClient.ts'
import { forkServerProcess, serverProcess } from './serverProcess.ts'

/** In which process the call has returned. */
export type Role = 'daemon' | 'server'

/** @param onListening the word to the top process, which still waits */
export function daemonProcess(server: Server, onListening: () => void): Role {
  const restore = initializeDaemon(server)
  listen(server.topSocket, server.settings.backlog)
  announce(server)
  onListening()

  for (;;) {
    const client = acceptClient(server)
    if (!client) break

    const pid = forkFor(server, client)
    if (pid === 0) return serverProcess(server, client)

    close(client.fd)
  }

  server.report({ event: 'stopped', served: server.status.accepted, children: 0 })
  restore()
  return 'daemon'
}

/** The simpler model of the text: the daemon process serves, one client after the other. */
export function sequentialProcess(server: Server, onListening: () => void): Role {
  const restore = initializeDaemon(server)
  listen(server.topSocket, server.settings.backlog)
  announce(server)
  onListening()

  for (;;) {
    const client = acceptClient(server)
    if (!client) break

    server.current = client
    const status = serveClient(server, client)
    server.current = undefined

    close(client.fd)
    if (typeof status !== 'number') throw new TypeError(asynchronousHandler)
  }

  server.report({ event: 'stopped', served: server.status.accepted, children: 0 })
  restore()
  return 'daemon'
}

const asynchronousHandler =
  'the handler returned a promise: the sequential model serves synchronous handlers only; ' +
  'use the model fork'

function announce(server: Server): void {
  const { address } = server
  if ('host' in address) server.report({ event: 'listening', host: address.host, port: address.port })
}

// Where the system cannot make a process, this client is sent away and the next may have more luck.
function forkFor(server: Server, client: Client): Pid | 0 | undefined {
  try {
    const pid = forkServerProcess()
    if (pid === 0) return 0
    server.children.add(pid, client.name)
    const children = server.children.size
    server.report({ event: 'forked', child: pid, client: client.name, children })
    return pid
  } catch (error) {
    if (!(error instanceof ForkUnsafeError) && !isSystemError(error, 'EAGAIN', 'ENOMEM')) throw error
    const reason = error.message
    server.report({ event: 'rejected', client: clientName(client.address), reason })
    return undefined
  }
}
