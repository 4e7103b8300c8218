// The server process: closes the top sockets, serves, closes the accepted socket, exits.
import { hasExitListeners } from '../fork/exitPath.ts'
import { forkApart } from '../fork/fork.ts'
import { close } from '../posix/descriptors.ts'
import { _exit, getpid, getppid, kill, setParentDeathSignal } from '../posix/processes.ts'
import type { Pid } from '../posix/types.ts'
import { enter } from './flowchart.ts'
import { type Resources, takeResources } from './resources.ts'
import { fail, serveClient } from './serveClient.ts'
import type { Client, Server } from './server.ts'
import { servingTitle } from './title.ts'

/** fork, and what the child sheds before its first signal: the daemon's group and handlers. */
export function forkServerProcess(server: Server, client: Client): Pid | 0 {
  const { onDaemonDeath } = server.settings
  const daemon = getpid()
  // A process group of its own: Ctrl-C in a terminal reaches the daemon alone.
  return forkApart(
    servingTitle(client.name),
    onDaemonDeath === 'terminate' ? () => endWith(daemon) : undefined,
  )
}

function endWith(daemon: Pid): void {
  setParentDeathSignal('SIGTERM')
  if (getppid() !== daemon) kill(getpid(), 'SIGTERM')
}

export const unsettled = 'the promise of the handler can never settle: nothing is left to wait for'

/**
 * The life of a server process. With a synchronous handler it ends here; with an asynchronous one
 * it goes on in the event loop, and ends when the promise has settled.
 */
export function serverProcess(server: Server, client: Client): 'server' {
  enter('server', 'close top socket')
  for (const fd of server.daemonsOwn) close(fd)
  server.live?.leave()
  server.room?.clear()
  server.reserve.giveUp()
  enter('server', 'serve')
  // A program has them put into force last of all, see program.ts.
  const resources = server.program ? undefined : server.resources
  const status = (resources && take(resources, server, client)) ?? serveClient(server, client)
  if (typeof status === 'number') {
    enter('server', 'close accepted socket')
    close(client.fd)
    if (server.isPlaying) return 'server'
    enter('server', 'exit')
    // Where the handler has set no listener, nothing but the system call has to be done.
    if (hasExitListeners()) process.exit(status)
    _exit(status)
  }
  status.then(code => {
    enter('server', 'exit')
    process.exit(code)
  })
  process.once('beforeExit', () => process.exit(fail(server, client, unsettled)))
  process.on('uncaughtException', error => {
    // A listener of the program's own decides for itself.
    if (process.listenerCount('uncaughtException') > 1) return
    process.exit(fail(server, client, error))
  })
  return 'server'
}

// What was tried out at the start can be refused later all the same.
function take(resources: Resources, server: Server, client: Client): number | undefined {
  try {
    takeResources(resources)
    return undefined
  } catch (error) {
    return fail(server, client, error)
  }
}
