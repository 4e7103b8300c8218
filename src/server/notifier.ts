// What the service manager is told, as sd_notify(3): a datagram to the socket NOTIFY_SOCKET.
import { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK } from '../posix/constants.ts'
import { close, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid } from '../posix/processes.ts'
import { connect, type Endpoint, socket } from '../posix/sockets.ts'
import type { Fd, Pid } from '../posix/types.ts'

/** Where there is no service manager that wants to know, it does nothing. */
export class Notifier {
  /** The variable, for a successor. */
  readonly environment: { NOTIFY_SOCKET?: string }
  /** The descriptor, which server processes close. */
  readonly fd: Fd | undefined
  #isHeard = true
  readonly #onError: (message: string) => void

  /**
   * Takes the variable out of the environment: what handlers start must not speak for the server.
   * The connection is made here, since a server may later change its root directory.
   */
  constructor(onError: (message: string) => void) {
    const { NOTIFY_SOCKET } = process.env
    this.environment = NOTIFY_SOCKET ? { NOTIFY_SOCKET } : {}
    this.#onError = onError
    delete process.env.NOTIFY_SOCKET
    if (!NOTIFY_SOCKET) return
    const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
    this.fd = fd
    this.#try(() => connect(fd, endpointFrom(NOTIFY_SOCKET)))
  }

  /** The server serves, for the first time or again. The daemon process is the one to watch. */
  ready(status: string): void {
    this.#tell(`READY=1\nMAINPID=${getpid()}\nSTATUS=${oneLine(status)}`)
  }

  /** The configuration is being reread; `ready` tells the end. The time lets reloads be told apart. */
  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  stopping(status: string): void {
    this.#tell(`STOPPING=1\nSTATUS=${oneLine(status)}`)
  }

  status(status: string): void {
    this.#tell(`STATUS=${oneLine(status)}`)
  }

  /** After an upgrade another process is to be watched, which speaks for the server. */
  handOver(successor: Pid): void {
    this.#tell(`MAINPID=${successor}`)
    this.#isHeard = false
  }

  close(): void {
    if (this.fd !== undefined) close(this.fd)
  }

  #tell(message: string): void {
    const { fd } = this
    if (fd !== undefined && this.#isHeard) this.#try(() => write(fd, message))
  }

  // Who cannot be told is told nothing more; that is said once.
  #try(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#isHeard = isSystemError(error, 'EAGAIN')
      this.#onError(`NOTIFY_SOCKET: ${(error as Error).message}`)
    }
  }
}

function endpointFrom(path: string): Endpoint {
  if (!/^[/@]./.test(path)) throw new Error(`expected a path or @NAME, got '${path}'`)
  return { path: path.replace(/^@/, '\0') }
}

const oneLine = (text: string) => text.replaceAll('\n', ' ')
