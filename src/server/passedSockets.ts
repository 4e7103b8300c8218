// Top sockets that a service manager has opened (systemd's socket activation).
import { type Passed, takePassedDescriptors } from '../fork/passedDescriptors.ts'
import {
  F_GETFL,
  F_SETFL,
  O_NONBLOCK,
  POLLIN,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../posix/constants.ts'
import { fcntl } from '../posix/descriptors.ts'
import { getsockopt } from '../posix/socketOptions.ts'
import { getpeername, getsockname } from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import { ConfigurationError } from './configurationFile.ts'
import type { Top } from './topSockets.ts'

/** @throws ConfigurationError: one of them is nothing on which clients can be waited for */
export function passedSockets(): Top[] {
  return takePassedDescriptors().map(passed => {
    const wrong = objectionTo(passed.fd)
    if (wrong) throw new ConfigurationError(`LISTEN_FDS: ${passed.fd} (${passed.name}) ${wrong}`)
    return topFrom(passed)
  })
}

function topFrom({ fd, name }: Passed): Top {
  // Others may wait at it too, and take the client that poll has told of.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
  return { fd, events: POLLIN, address: getsockname(fd), origin: 'passed', name }
}

function objectionTo(fd: Fd): string | undefined {
  const type = answer(() => getsockopt(fd, SOL_SOCKET, SO_TYPE))
  if (type === undefined) return 'is no socket'
  if (type !== SOCK_STREAM) return 'is no stream socket: the unit needs ListenStream='
  const isConnected = answer(() => getpeername(fd)) !== undefined
  return isConnected ? 'is one connection: the unit needs Accept=no' : undefined
}

function answer<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}
