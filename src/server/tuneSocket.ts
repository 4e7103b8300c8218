import { IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY } from '../posix/constants.ts'
import { setsockopt } from '../posix/socketOptions.ts'
import type { Settings } from './configuration.ts'
import type { Client } from './server.ts'

/** Sets the options of an accepted socket that the settings ask for. */
export function tuneSocket({ fd, address, via }: Client, settings: Settings): void {
  const { family } = via?.balancer.address ?? address
  if (settings.keepalive) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
  if (settings.nodelay && family !== 'unix') setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1)
}
