// A client of the graded server. What comes is kept until somebody asks.
import { connect, Socket } from 'node:net'
import { AF_INET, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET } from '../posix/constants.ts'
import { setsockopt } from '../posix/socketOptions.ts'
import { connect as connectSocket, socket } from '../posix/sockets.ts'

const host = '127.0.0.1'
const options = { allowHalfOpen: true, noDelay: true }

export class Client {
  readonly socket: Socket
  /** What has come and was not taken yet. */
  #held: Buffer[] = []
  received = 0
  connected = false
  /** The server has ended its side, or the connection. */
  over = false
  /** How the connection broke, as `ECONNRESET`. */
  error: string | undefined
  /** The number of its next question. */
  questions = 0

  /** @param buffer how much the kernel may keep for it in each direction, in bytes */
  constructor(port: number, buffer?: number) {
    this.socket = buffer === undefined ? connect({ host, port, ...options }) : narrow(port, buffer)
    this.connected = buffer !== undefined
    this.socket.on('connect', () => {
      this.connected = true
    })
    this.socket.on('data', (bytes: Buffer) => {
      this.#held.push(bytes)
      this.received += bytes.length
    })
    this.socket.on('error', (error: Error & { code?: string }) => {
      this.error = error.code ?? error.message
    })
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.over = true
      })
    }
  }

  /** Its own port, by which the kernel's table of connections knows it. */
  get port(): number {
    return this.socket.localPort ?? 0
  }

  /** Bytes that have gone out or come in: as long as they grow, the server is not at rest. */
  get progress(): number {
    return this.received + this.socket.bytesWritten - this.socket.writableLength
  }

  send(bytes: Uint8Array | string): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** Takes the next line, without its end; undefined if it has not come yet. */
  line(): { text: string } | undefined {
    const all = this.take()
    const end = all.indexOf('\n')
    this.#held = [all.subarray(end + 1)]
    return end < 0 ? undefined : { text: all.toString('utf8', 0, end) }
  }

  /** Takes all that has come. */
  take(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held)
    this.#held = []
    return all
  }

  /** Ends this side: the server reads end of file. */
  end(): void {
    if (!this.socket.destroyed) this.socket.end()
  }

  /** Ends the connection with a reset, as a client that crashes on some systems does. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

/** Sizes have to be there before the connection is, which sets its window by them. */
function narrow(port: number, buffer: number): Socket {
  const fd = socket(AF_INET, SOCK_STREAM)
  for (const option of [SO_RCVBUF, SO_SNDBUF]) setsockopt(fd, SOL_SOCKET, option, buffer)
  connectSocket(fd, { host, port })
  return new Socket({ fd, allowHalfOpen: true, readable: true, writable: true })
}
