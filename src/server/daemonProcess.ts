// The daemon process: initialize daemon, listen, then for ever accept, admit, fork, close.
import { ForkUnsafeError } from '../fork/checkFork.ts'
import { letHeapSpread, useLargePages } from '../fork/largePages.ts'
import { close } from '../posix/descriptors.ts'
import { setproctitle } from '../posix/processes.ts'
import type { Pid } from '../posix/types.ts'
import { acceptClient } from './acceptClient.ts'
import { admit, refuse } from './admit.ts'
import type { Happening } from './events.ts'
import { enter } from './flowchart.ts'
import { dropPrivileges, initializeDaemon, warn } from './initializeDaemon.ts'
import { isPromise, serveClient } from './serveClient.ts'
import { type Client, hostOf, type Server } from './server.ts'
import { forkServerProcess, serverProcess } from './serverProcess.ts'
import { backOff, shortageOf } from './shortage.ts'
import { closeTops } from './stopping.ts'
import { load, servingTitle, showDaemonTitle } from './title.ts'
import type { Top } from './topSockets.ts'
import { tryProgram, tryResources } from './trial.ts'
import { warmUp } from './warmUp.ts'

/** In which process the call has returned. */
export type Role = 'daemon' | 'server'

/** @param onListening the word to the top process, which still waits */
export function daemonProcess(server: Server, onListening: () => void): Role {
  warmUp(server)
  server.warmUpHandler?.(server)
  // A program is started without a copy of this memory.
  if (server.program) letHeapSpread()
  else useLargePages()
  const finish = begin(server, onListening)
  const client = acceptAndFork(server)
  return client ? serverProcess(server, client) : finish()
}

/**
 * Goes round for the life of the daemon process.
 *
 * @returns in each server process, the client to serve; in the daemon process, undefined at its end
 */
// What only a child would call is not called here: V8 has compiled this for what the daemon process
// does, and each child would first have to take that back.
function acceptAndFork(server: Server): Client | undefined {
  for (;;) {
    const client = acceptClient(server)
    if (!client) return undefined

    const pid = admit(server, client) ? forkFor(server, client) : undefined
    if (pid === 0) return client

    enter('daemon', 'close accepted socket')
    close(client.fd)
  }
}

/** The simpler model of the text: the daemon process serves, one client after the other. */
export function sequentialProcess(server: Server, onListening: () => void): Role {
  letHeapSpread()
  const finish = begin(server, onListening)
  for (;;) {
    const client = acceptClient(server)
    if (!client) break

    if (admit(server, client)) serveInTurn(server, client)

    enter('daemon', 'close accepted socket')
    close(client.fd)
  }
  return finish()
}

function serveInTurn(server: Server, client: Client): void {
  enter('daemon', 'serve')
  server.current = client
  setproctitle(servingTitle(client.name))
  const status = serveClient(server, client)
  showDaemonTitle(server)
  server.current = undefined
  if (isPromise(status)) server.report({ event: 'error', message: synchronousOnly })
  else server.admission.ended(hostOf(client), { kind: 'exited', code: status }, performance.now())
}

/** What is wrong with an asynchronous handler in a process that runs no event loop. */
export const synchronousOnly =
  'the handler is asynchronous: the model sequential serves only synchronous ones; use the model fork'

/** @returns what ends it in order again */
export function begin(server: Server, onListening: () => void): () => Role {
  enter('daemon', 'initialize daemon')
  let restore = () => {}
  try {
    restore = initializeDaemon(server)
    server.tops.checkFiles() // a chroot hides them
    server.live?.start() // and node
    dropPrivileges(server)
    if (server.program) tryProgram(server, server.program)
    tryResources(server, server.settings, 'start')
    enter('daemon', 'listen')
    server.tops.listen(server.settings.backlog)
    server.pidFile?.write()
    startHub(server)
  } catch (error) {
    closeTops(server)
    server.live?.end()
    restore()
    throw error
  }
  if (server.metrics) server.upkeep.add(server.metrics)
  server.reserve.take()
  for (const top of server.tops.all) server.report(listening(top))
  if (server.live) server.report({ event: 'live', url: server.live.url })
  warn(server)
  server.notifier.ready(load(server))
  onListening()
  return () => {
    server.log.sumUp()
    server.reserve.giveUp()
    server.report({ event: 'stopped', accepted: server.status.accepted })
    server.live?.end()
    restore()
    return 'daemon'
  }
}

// The last thing that can fail: who goes on from there has one to collect.
function startHub(server: Server): void {
  server.hub = server.makeHub?.(server)
  server.hub?.start()
  if (server.hub) server.upkeep.add(server.hub.restart)
}

function listening({ address, name }: Top): Happening {
  const passed = name === undefined ? {} : { name }
  if ('path' in address)
    return { event: 'listening', path: address.path.replace(/^\0/, '@'), ...passed }
  return { event: 'listening', host: address.host, port: address.port, ...passed }
}

/** How long to wait for more luck when the system could not make a process. */
export const pauseMs = 20

// Where the system cannot make a process, this client is sent away and the next may have more luck.
function forkFor(server: Server, client: Client): Pid | 0 | undefined {
  enter('daemon', 'fork')
  const limit = server.timeLimits.begin(server.settings)
  server.limit = limit
  try {
    const pid = server.program?.start(client, server) ?? forkServerProcess(server, client)
    if (pid === 0) return 0
    server.children.add(pid, client.name, hostOf(client), limit)
    server.admission.began(hostOf(client))
    const children = server.children.size
    server.report({ event: 'forked', child: pid, client: client.name, children })
    return pid
  } catch (error) {
    if (limit) server.timeLimits.release(limit)
    const reason = error instanceof ForkUnsafeError ? 'unsafe' : shortageOf(error)
    if (!reason) throw error
    refuse(server, client, { reason, detail: (error as Error).message })
    if (reason !== 'unsafe') backOff(server, pauseMs)
    return undefined
  }
}
