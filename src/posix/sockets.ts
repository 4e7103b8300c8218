// socket bind listen accept connect recv getsockname getpeername shutdown socketpair
import { binding, type NativeAddress } from './binding.ts'
import { check, systemError } from './errors.ts'
import { interruptible } from './signals.ts'
import { asFd, type Fd } from './types.ts'

/** Where a socket is: a numeric address and a port, or a path of the file system. */
export type SocketAddress =
  | { family: 'IPv4' | 'IPv6'; host: string; port: number }
  | { family: 'unix'; path: string }

/**
 * An address to bind or connect to; whether it is IPv4 or IPv6 shows in `host`. A path that begins
 * with a null character is a name in Linux's abstract namespace, see unix(7).
 */
export type Endpoint = { host: string; port: number } | { path: string }

/**
 * An address as one writes it: `127.0.0.1:80`, `[::1]:80`, `unix:/run/socket`, `unix:@abstract`.
 *
 * @returns the text
 * @throws nothing
 * @see getsockname(2)
 * @example
 * formatAddress({ host: '::1', port: 80 }) // '[::1]:80'
 */
export function formatAddress(address: Endpoint): string {
  if ('path' in address) return `unix:${address.path.replace(/^\0/, '@')}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

/**
 * Makes a socket, as socket(2), close-on-exec.
 *
 * @param family `AF_INET`, `AF_INET6` or `AF_UNIX`
 * @param type `SOCK_STREAM`, `SOCK_DGRAM`, possibly with `SOCK_NONBLOCK`
 * @returns its descriptor
 * @throws SystemError EMFILE, ENFILE, EAFNOSUPPORT
 * @see socket(2)
 * @example
 * const top = socket(AF_INET, SOCK_STREAM)
 */
export function socket(family: number, type: number, protocol = 0): Fd {
  return asFd(check(binding.socket(family, type, protocol), 'socket'))
}

/**
 * Gives a socket its address, as bind(2).
 *
 * @throws SystemError EADDRINUSE: somebody has it; EACCES: a port below 1024 without the right;
 * EADDRNOTAVAIL: no address of this machine. TypeError: not a numeric address
 * @see bind(2)
 * @example
 * bind(top, { host: '127.0.0.1', port: 7777 })
 */
export function bind(fd: Fd, address: Endpoint): void {
  check(binding.bind(fd, address), 'bind', formatAddress(address))
}

/**
 * Lets clients in, as listen(2): up to `backlog` of them wait in the accept queue.
 *
 * @throws SystemError EADDRINUSE: another socket listens on the address already
 * @see listen(2)
 * @example
 * listen(top, 64)
 */
export function listen(fd: Fd, backlog: number): void {
  const result = binding.listen(fd, backlog)
  if (result < 0) throw systemError(-result, 'listen', nameOf(fd))
}

// Whoever listens on several addresses wants to know which one it was.
function nameOf(fd: Fd): string {
  const address: NativeAddress = {}
  return binding.getsockname(fd, address) < 0 ? '' : formatAddress(address as SocketAddress)
}

/**
 * Takes the first client out of the accept queue, as accept(2), and waits for one if it is empty,
 * unless the socket has O_NONBLOCK. The new descriptor is close-on-exec and blocking.
 *
 * @param from is filled in with the address of the client, if given
 * @returns the accepted socket
 * @throws SystemError EINTR; EAGAIN (with O_NONBLOCK); ECONNABORTED: the client has gone;
 * EMFILE, ENFILE: no descriptor left
 * @see accept(2)
 * @example
 * const accepted = accept(top)
 */
export function accept(fd: Fd, from?: Partial<SocketAddress>): Fd {
  return asFd(interruptible(() => binding.accept(fd, from as NativeAddress), 'accept'))
}

/**
 * Connects a socket, as connect(2), and waits until it is.
 *
 * @throws SystemError ECONNREFUSED, ETIMEDOUT, EINTR (it goes on connecting: call again)
 * @see connect(2)
 * @example
 * connect(client, { host: '127.0.0.1', port: 7777 })
 */
export function connect(fd: Fd, address: Endpoint): void {
  interruptible(
    () => binding.connect(fd, address),
    'connect',
    () => formatAddress(address),
  )
}

/**
 * Reads from a socket, as recv(2): with `MSG_PEEK` what is read stays there to be read again, with
 * `MSG_DONTWAIT` it never waits, whatever O_NONBLOCK says.
 *
 * @param flags `MSG_PEEK`, `MSG_DONTWAIT`, both or 0
 * @returns the number of bytes; 0 at the end of what the other side sends
 * @throws SystemError EAGAIN: there is nothing yet, and it is not to wait; EINTR, ECONNRESET, ENOTSOCK
 * @see recv(2)
 * @example
 * const length = recv(accepted, buffer, MSG_PEEK | MSG_DONTWAIT)
 */
export function recv(fd: Fd, buffer: Uint8Array, flags = 0): number {
  return interruptible(() => binding.recv(fd, buffer, flags), 'recv')
}

/**
 * The socket's own address, as getsockname(2): tells the port where 0 was bound.
 *
 * @returns the address; a path that is empty for a UNIX-domain socket without a name
 * @throws SystemError EBADF, ENOTSOCK
 * @see getsockname(2)
 * @example
 * const address = getsockname(top)
 * if (address.family !== 'unix') console.log(`port ${address.port}`)
 */
export function getsockname(fd: Fd): SocketAddress {
  const address: NativeAddress = {}
  check(binding.getsockname(fd, address), 'getsockname')
  return address as SocketAddress
}

/**
 * The address of the other side, as getpeername(2).
 *
 * @returns the address of the other side
 * @throws SystemError ENOTCONN: there is none, or not any more
 * @see getpeername(2)
 * @example
 * getpeername(accepted)
 */
export function getpeername(fd: Fd): SocketAddress {
  const address: NativeAddress = {}
  check(binding.getpeername(fd, address), 'getpeername')
  return address as SocketAddress
}

/**
 * Ends one direction of a connection or both, as shutdown(2), for all processes that hold it.
 *
 * @param how `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`
 * @throws SystemError ENOTCONN
 * @see shutdown(2)
 * @example
 * shutdown(accepted, SHUT_WR)
 */
export function shutdown(fd: Fd, how: number): void {
  check(binding.shutdown(fd, how), 'shutdown')
}

/**
 * Makes two sockets that are connected to each other, as socketpair(2), close-on-exec.
 *
 * @param family `AF_UNIX`
 * @returns both sockets; each reads what is written to the other
 * @throws SystemError EMFILE, ENFILE; EOPNOTSUPP, EAFNOSUPPORT: another family
 * @see socketpair(2)
 * @example
 * const [mine, theirs] = socketpair(AF_UNIX, SOCK_STREAM)
 */
export function socketpair(family: number, type: number, protocol = 0): [Fd, Fd] {
  const ends = binding.socketpair(family, type, protocol)
  if (typeof ends === 'number') throw systemError(-ends, 'socketpair')
  return [asFd(ends[0]), asFd(ends[1])]
}
