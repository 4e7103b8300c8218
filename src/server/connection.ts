import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { POLLIN, SHUT_WR } from '../posix/constants.ts'
import { close, poll, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getsockname, type SocketAddress, shutdown } from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import type { Draining } from './draining.ts'
import type { Hub } from './hub/hub.ts'
import { chunkBytes, Incoming, type Stamp } from './incoming.ts'
import { tellAddresses } from './proxiedSocket.ts'
import type { Client } from './server.ts'
import { stampSocket } from './stampSocket.ts'
import { uninterrupted } from './uninterrupted.ts'

/** The `[handler]` table of the configuration file. */
export type HandlerSettings = Readonly<Record<string, unknown>>

/** How a server process finds the hub, where there is one. */
interface Membership {
  /** Takes part from now on. */
  readonly member: Hub
  /** The same, if it does already. */
  readonly joined: Hub | undefined
}

/** What connection.wait() waits for. */
export interface WaitOptions {
  /** `line`: the client has sent a whole line, or has come to its end; default `data`: anything */
  until?: 'data' | 'line'
  /** In ms; default: for ever */
  timeout?: number
}

/** What has come: something of the client's, an event of the hub, the end of the server, or no one. */
export type Waited = 'client' | 'hub' | 'draining' | 'nobody'

/**
 * A client, as the handler sees it.
 *
 * Either call the blocking methods, in the order of a conversation, as the text does; or take
 * `socket` (or `for await`) and live in the event loop. One connection is not used both ways.
 *
 * @example
 * for (const chunk of connection) connection.write(chunk)
 */
export class Connection {
  /** The descriptor of the accepted socket. */
  readonly fd: Fd
  /** The `[handler]` table of the configuration file, as it was when the client came. */
  readonly settings: HandlerSettings
  readonly #remote: SocketAddress
  readonly #draining: Draining
  readonly #stamp: Stamp | undefined
  readonly #incoming: Incoming
  readonly #membership: Membership | undefined
  #local: SocketAddress | undefined
  /** The header of a balancer has told the addresses. */
  readonly #isProxied: boolean
  #use: 'blocking' | 'socket' | undefined
  #socket: Socket | undefined
  #last: Waited | undefined
  #knowsDraining = false

  constructor(
    client: Pick<Client, 'fd' | 'address' | 'via'>,
    settings: HandlerSettings,
    draining: Draining,
    stamp?: Stamp,
    membership?: Membership,
  ) {
    this.fd = client.fd
    this.settings = settings
    this.#remote = client.address
    this.#local = client.via?.destination
    this.#isProxied = this.#local !== undefined
    this.#draining = draining
    this.#stamp = stamp
    this.#incoming = new Incoming(client.fd, stamp)
    this.#membership = membership
  }

  /** The numeric address of the client; undefined for a UNIX-domain socket. */
  get remoteAddress(): string | undefined {
    return 'host' in this.#remote ? this.#remote.host : undefined
  }

  /** The client's port; undefined for a UNIX-domain socket. */
  get remotePort(): number | undefined {
    return 'port' in this.#remote ? this.#remote.port : undefined
  }

  /** The address of this side, which tells which one was called where several listen. */
  get localAddress(): string | undefined {
    const local = this.#localName()
    return 'host' in local ? local.host : undefined
  }

  /** The port of this side; undefined for a UNIX-domain socket. */
  get localPort(): number | undefined {
    const local = this.#localName()
    return 'port' in local ? local.port : undefined
  }

  #localName(): SocketAddress {
    this.#local ??= getsockname(this.fd)
    return this.#local
  }

  /**
   * Aborted once the server stops: it accepts no more, and this conversation has the grace time to
   * come to its end. Its listeners run between two steps of the handler, also while a blocking
   * method waits, which then goes on waiting; or on the next turn of the event loop.
   *
   * @example
   * connection.draining.addEventListener('abort', () => connection.write('good bye\n'))
   */
  get draining(): AbortSignal {
    return this.#draining.abortSignal
  }

  /**
   * The way to other server processes, where the server was started with the option `hub`. Who asks
   * for it takes part from then on.
   *
   * @throws Error: the server has no hub
   * @see docs/hub.md
   * @example
   * connection.hub.publish('news', 'somebody has come')
   */
  get hub(): Hub {
    if (this.#membership) return this.#membership.member
    throw new Error(
      'connection.hub: the server has none: start it with --hub, or with hub = true in its file',
    )
  }

  /**
   * Waits for the client and the hub at once, and for the end of the server, which it tells once.
   * Where both have something to say, they take turns. A blocking method.
   *
   * @returns `client`: read() or readLine() do not wait now; `hub`: nor does hub.next();
   * `draining`: as the signal of that name; `nobody`: the time is up
   * @throws SystemError as read
   * @see poll(2)
   * @example
   * for (;;) {
   *   const who = connection.wait({ until: 'line' })
   *   if (who === 'hub') show(connection.hub.next())
   *   if (who !== 'client') continue
   *   const line = connection.readLine()
   *   if (line === null) break
   *   say(line)
   * }
   */
  wait({ until = 'data', timeout = -1 }: WaitOptions = {}): Waited {
    this.#take('blocking')
    const end = performance.now() + timeout
    for (;;) {
      if (this.draining.aborted && !this.#knowsDraining) {
        this.#knowsDraining = true
        return 'draining'
      }
      const left = timeout < 0 ? -1 : Math.max(0, Math.ceil(end - performance.now()))
      const who = this.#look(until, left)
      if (who) this.#last = who
      if (who || left === 0) return who ?? 'nobody'
    }
  }

  #look(until: 'data' | 'line', timeout: number): 'client' | 'hub' | undefined {
    const hub = this.#membership?.joined
    const incoming = this.#incoming
    let client = until === 'line' ? incoming.hasLine : incoming.hasData
    const isWaiting = client || hub?.hasEvent
    const [clientIsReady, hubIsReady] = poll2(this.fd, hub?.fd, isWaiting ? 0 : timeout)
    if (clientIsReady && !client) client = until === 'data' || incoming.readAhead()
    if (hubIsReady && !hub?.hasEvent) hub?.receive()
    if (client && hub?.hasEvent) return this.#last === 'client' ? 'hub' : 'client'
    return client ? 'client' : hub?.hasEvent ? 'hub' : undefined
  }

  /**
   * Waits until the client has sent something and returns it.
   *
   * @param maxBytes at most so many bytes; default 65536
   * @returns null at the end of what the client sends
   * @throws SystemError ECONNRESET: the client has reset the connection
   * @see read(2)
   */
  read(maxBytes: number = chunkBytes): Buffer | null {
    this.#take('blocking')
    return this.#incoming.read(maxBytes)
  }

  /**
   * Waits for a line and returns it as UTF-8, without its `\n` or `\r\n`.
   *
   * @param maxBytes the longest line that is accepted; default 65536
   * @returns null at the end; an unfinished last line is returned as a line
   * @throws RangeError: the line is longer; SystemError as read
   */
  readLine(maxBytes: number = chunkBytes): string | null {
    this.#take('blocking')
    return this.#incoming.readLine(maxBytes)
  }

  /**
   * Sends all of it, however long the client takes to read.
   *
   * @param data bytes, or a string, which is sent as UTF-8
   * @throws SystemError EPIPE, ECONNRESET: the client is gone
   * @see write(2)
   */
  write(data: Uint8Array | string): void {
    this.#take('blocking')
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    for (let sent = 0; sent < bytes.length; ) {
      // A slow reader is not idle: what it takes is seen piece by piece.
      const isWhole = sent === 0 && !this.#stamp
      const left = isWhole ? bytes : bytes.subarray(sent, this.#stamp && sent + chunkBytes)
      sent += uninterrupted(() => write(this.fd, left))
      this.#stamp?.now()
    }
  }

  /** Tells the client that nothing more will come; what it still sends can be read. shutdown(2) */
  end(): void {
    if (this.#socket) {
      this.#socket.end()
      return
    }
    try {
      shutdown(this.fd, SHUT_WR)
    } catch (error) {
      if (!isSystemError(error, 'ENOTCONN')) throw error
    }
  }

  /** What the client sends, chunk by chunk, until it ends. */
  *[Symbol.iterator](): Generator<Buffer, void> {
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) yield chunk
  }

  /** The same in the event loop: `for await (const chunk of connection)`. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    // The end of what the client sends must not destroy the socket: the answer may come after it.
    return this.socket.iterator({ destroyOnReturn: false })
  }

  /** The same connection as a net.Socket, made when first asked for. */
  get socket(): Socket {
    this.#take('socket')
    if (!this.#socket) {
      const { Socket } = createRequire(import.meta.url)('node:net') as typeof import('node:net')
      this.#socket = new Socket({
        fd: this.fd,
        readable: true,
        writable: true,
        allowHalfOpen: true,
      })
      if (this.#isProxied) tellAddresses(this.#socket, this.#remote, this.#localName())
      if (this.#stamp) stampSocket(this.#socket, this.#stamp)
    }
    return this.#socket
  }

  /** True once `socket` has been used, or `for await`. @internal */
  get isInEventLoop(): boolean {
    return this.#use === 'socket'
  }

  /** Waits until the conversation on `socket` is over, which the end of either side begins. @internal */
  async closed(): Promise<void> {
    const { socket } = this
    if (socket.destroyed) return
    await new Promise<void>(done => {
      socket.once('end', () => socket.end()).once('close', () => done())
    })
  }

  /** Waits until all that was written to `socket` is sent, and ends the sending side. @internal */
  async finishSending(): Promise<void> {
    const socket = this.#socket
    if (socket && !socket.destroyed) await new Promise<void>(done => socket.end(() => done()))
  }

  /** Closes it, where the process goes on without it. @internal */
  async release(): Promise<void> {
    const socket = this.#socket
    if (!socket) return close(this.fd)
    if (socket.closed) return
    await new Promise(done => socket.once('close', done).destroy())
  }

  #take(use: 'blocking' | 'socket'): void {
    this.#use ??= use
    if (this.#use === use) return
    const now = use === 'socket' ? 'its socket cannot be' : 'its blocking methods cannot be'
    const before = use === 'socket' ? 'its blocking methods have' : 'its socket has'
    throw new Error(`connection: ${now} used after ${before} been: both would read the same bytes`)
  }
}

// A signal that was handled is nothing that has come.
function poll2(one: Fd, other: Fd | undefined, timeout: number): [boolean, boolean] {
  const watched = [one, other]
    .filter(fd => fd !== undefined)
    .map(fd => ({ fd, events: POLLIN, revents: 0 }))
  try {
    poll(watched, timeout)
  } catch (error) {
    if (!isSystemError(error, 'EINTR')) throw error
  }
  return [watched[0]?.revents !== 0, (watched[1]?.revents ?? 0) !== 0]
}
