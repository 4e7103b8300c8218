// The connection of a member with the hub: a pair of sockets, of which the hub has been given one.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { AF_UNIX, POLLIN, POLLOUT, SOCK_STREAM } from '../../posix/constants.ts'
import { close, poll, read } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import { sendmsg } from '../../posix/messages.ts'
import { getpid } from '../../posix/processes.ts'
import { socketpair } from '../../posix/sockets.ts'
import type { Fd } from '../../posix/types.ts'
import { writeNow } from '../../posix/writeNow.ts'
import { uninterrupted } from '../uninterrupted.ts'
import { type HubEvent, type Reply, Unframer } from './wire.ts'

const scratch = Buffer.allocUnsafeSlow(65_536)

export class Link {
  readonly fd: Fd
  readonly #events: HubEvent[]
  readonly #answers: unknown[] = []
  readonly #unframer = new Unframer()
  #socket: Socket | undefined
  #onEvent = () => {}

  /**
   * @param control where members arrive
   * @param events where what comes is put
   * @throws SystemError EMFILE, ENFILE; EPIPE: there is no hub, nor will there be one
   */
  constructor(control: Fd, events: HubEvent[]) {
    this.#events = events
    const [mine, its] = socketpair(AF_UNIX, SOCK_STREAM)
    this.fd = mine
    const pid = Buffer.alloc(4)
    pid.writeInt32LE(getpid())
    try {
      uninterrupted(() => sendmsg(control, pid, [its]))
    } catch (error) {
      close(mine)
      throw error
    } finally {
      close(its)
    }
  }

  /** Sends all of it. The hub always reads. False: it has gone. */
  send(bytes: Buffer): boolean {
    for (let sent = 0; sent < bytes.length; ) {
      try {
        sent += writeNow(this.fd, bytes.subarray(sent))
      } catch (error) {
        if (isSystemError(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) return false
        if (!isSystemError(error, 'EAGAIN')) throw error
        isReady(this.fd, POLLOUT, -1)
      }
    }
    return true
  }

  /** The answer to the first request that has none yet. Undefined: the hub has gone. */
  awaitAnswer(): { value: unknown } | undefined {
    while (this.#answers.length === 0) if (this.isReady(-1) && !this.receive()) return undefined
    return { value: this.#answers.shift() }
  }

  /** Waits until the hub has sent something. False: the time is up, or a signal was handled. */
  isReady(timeout: number): boolean {
    return isReady(this.fd, POLLIN, timeout)
  }

  /** Takes what the hub has sent, once there is something. False: the hub has gone. */
  receive(): boolean {
    try {
      const length = read(this.fd, scratch)
      this.#take(scratch.subarray(0, length))
      return length > 0
    } catch (error) {
      if (isSystemError(error, 'ECONNRESET')) return false
      if (isSystemError(error, 'EINTR', 'EAGAIN')) return true
      throw error
    }
  }

  #take(bytes: Buffer): void {
    const before = this.#events.length
    this.#unframer.push(bytes, value => {
      const reply = value as Reply
      if (reply.kind === 'answer') this.#answers.push(reply.value)
      else this.#events.push(reply)
    })
    if (this.#events.length > before) this.#onEvent()
  }

  /**
   * Takes what comes in the event loop. Not as a stream does: what that held back would be missing
   * where an answer is waited for. While events wait to be taken, no more is read.
   */
  watch(onEvent: () => void, onEnd: () => void): void {
    const { Socket } = createRequire(import.meta.url)('node:net') as typeof import('node:net')
    const callback = (length: number, bytes: Uint8Array) => {
      this.#take((bytes as Buffer).subarray(0, length))
      return this.#events.length === 0
    }
    const buffer = Buffer.allocUnsafeSlow(scratch.length)
    this.#onEvent = onEvent
    // Its types know it of connect() alone.
    const options = { fd: this.fd, onread: { buffer, callback } }
    this.#socket = new Socket(options)
    this.#socket.on('error', () => {}).once('close', onEnd)
    this.#socket.resume()
  }

  /** After an event has been taken: once there is none, more may come. */
  goOn(): void {
    if (this.#events.length === 0) this.#socket?.resume()
  }

  close(): void {
    this.#onEvent = () => {}
    if (this.#socket) this.#socket.removeAllListeners('close').destroy()
    else close(this.fd)
  }
}

function isReady(fd: Fd, events: number, timeout: number): boolean {
  try {
    return poll([{ fd, events }], timeout) > 0
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return false
    throw error
  }
}
