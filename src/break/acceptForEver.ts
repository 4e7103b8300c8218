// What a child does that has forgotten to exit.
import { fork } from '../fork/fork.ts'
import { POLLIN } from '../posix/constants.ts'
import { close, poll } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid, getppid, kill, setParentDeathSignal } from '../posix/processes.ts'
import { accept, getpeername } from '../posix/sockets.ts'
import { asFd, type Fd } from '../posix/types.ts'
import { Connection } from '../server/connection.ts'
import { Draining } from '../server/draining.ts'
import type { Handler } from '../server/server.ts'
import { view } from './calls.ts'

/** The loop of the daemon process, in a child of it, and in the children of that. */
export function acceptForEver(handler: Handler): never {
  endWithParent()
  for (;;) {
    const client = next()
    if (client === undefined) continue
    if (fork() === 0) {
      endWithParent()
      serve(handler, client)
    }
    close(client)
  }
}

// Of the lesson nothing is to be left over.
function endWithParent(): void {
  setParentDeathSignal('SIGKILL')
  if (getppid() !== view.parent) kill(getpid(), 'SIGKILL')
}

function next(): Fd | undefined {
  const tops = [...view.tops].map(fd => ({ fd: asFd(fd), events: POLLIN, revents: 0 }))
  try {
    poll(tops, -1)
    const top = tops.find(({ revents }) => revents !== 0)
    return top && accept(top.fd)
  } catch (error) {
    // Another of the many was quicker.
    if (isSystemError(error, 'EAGAIN', 'EINTR', 'ECONNABORTED')) return undefined
    throw error
  }
}

/** Has the handler serve, in a process that is not there for it. */
export function serve(handler: Handler, fd: number): void {
  const client = { fd: asFd(fd), address: getpeername(asFd(fd)) }
  try {
    handler(new Connection(client, {}, new Draining()))
  } catch (error) {
    if (!isSystemError(error)) throw error
    // The client has gone.
  }
}
