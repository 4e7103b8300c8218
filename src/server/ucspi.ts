// The environment by which a program learns of its connection: UCSPI, the interface of tcpserver and
// of unixserver.
import { getresgid, getresuid } from '../posix/credentials.ts'
import { getpid } from '../posix/processes.ts'
import { getpeercred } from '../posix/socketOptions.ts'
import { getsockname, type SocketAddress } from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import type { Client } from './server.ts'

// What the daemon process has of the same kind speaks of another connection: its own.
const ofConnections =
  /^(PROTO|(TCP6?|SSL|UNIX|IPC)(LOCAL|REMOTE)(IP|PORT|HOST|INFO|PATH|[UGP]ID|E[UG]ID|USER)|(TCP|IPC)CONNNUM|TCP6?INTERFACE)$/

// For the daemon process alone, see passedDescriptors, notifier and successor.
const ofDaemons = /^(LISTEN_(PID|PIDFDID|FDS|FDNAMES)|NOTIFY_SOCKET|TRUEFORK_UPGRADE)$/

/** The variables that are the same for every connection. */
export function commonVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !ofConnections.test(name) && !ofDaemons.test(name),
    ),
  )
}

/**
 * The variables of one connection, as `NAME=value`.
 *
 * @throws SystemError of getsockname(2)
 * @see https://cr.yp.to/proto/ucspi.txt
 */
export function variablesOf({ fd, address: remote, via }: Client): string[] {
  const local = via?.destination ?? getsockname(fd)
  if ('path' in local || 'path' in remote) return unixVariables(fd, local)
  return tcpVariables(local, remote)
}

/** The variables of a connection by TCP. */
export const tcpVariables = (local: InternetAddress, remote: InternetAddress): string[] => [
  'PROTO=TCP',
  `TCPLOCALIP=${plain(local.host)}`,
  `TCPLOCALPORT=${local.port}`,
  `TCPREMOTEIP=${plain(remote.host)}`,
  `TCPREMOTEPORT=${remote.port}`,
]

type InternetAddress = Extract<SocketAddress, { host: string }>

const mapped = '::ffff:'

// A client of IPv4 on a socket for both families is, for its program, of IPv4.
const plain = (host: string) =>
  host.startsWith(mapped) && host.includes('.') ? host.slice(mapped.length) : host

function unixVariables(fd: Fd, local: SocketAddress): string[] {
  const path = 'path' in local ? local.path : ''
  const peer = getpeercred(fd)
  const pid = peer.pid === undefined ? [] : [`UNIXREMOTEPID=${peer.pid}`]
  return [
    'PROTO=UNIX',
    `UNIXLOCALPATH=${path.replace(/^\0/, '@')}`,
    `UNIXLOCALUID=${getresuid().real}`,
    `UNIXLOCALGID=${getresgid().real}`,
    `UNIXLOCALPID=${getpid()}`,
    `UNIXREMOTEEUID=${peer.uid}`,
    `UNIXREMOTEEGID=${peer.gid}`,
    ...pid,
  ]
}
