// The warmup of a handler's module, for those who ask for it. The handler serves clients that there are
// not: what it calls is then compiled before the first one comes, and no child compiles it anew.
import { fork } from '../fork/fork.ts'
import { writeWhole } from '../fork/output.ts'
import { AF_UNIX, SHUT_WR, SOCK_STREAM } from '../posix/constants.ts'
import { close, pipe, read } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { _exit } from '../posix/processes.ts'
import { shutdown, socketpair } from '../posix/sockets.ts'
import type { Fd, Pid } from '../posix/types.ts'
import { waitpid } from '../posix/wait.ts'
import { Connection } from './connection.ts'
import { play } from './flowchart.ts'
import { warmUpFailed } from './serve.ts'
import { isPromise } from './serveClient.ts'
import type { Handler, Server } from './server.ts'

/**
 * Has the handler serve a client that there is not.
 *
 * @param input what the client sends before it sends no more; default: nothing
 * @returns what the client receives until its connection is closed
 * @throws what the handler throws; TypeError: it is asynchronous
 */
export type Play = (input?: string | Uint8Array) => Buffer

/**
 * Called once in the daemon process, before the first client comes. What it does stays: variables
 * that it sets, each server process finds set.
 */
export type WarmUp = (play: Play) => void

const asynchronousHandler =
  'play is for synchronous handlers; an asynchronous one can have its functions called one by one'
const asynchronousWarmUp = 'it is asynchronous, and the daemon process runs no event loop'

/** @throws Error with the code ERR_WARMUP */
export function warmUpHandler(server: Server): void {
  const { handler, given } = server
  if (!given.warmup || typeof handler !== 'function') return
  const end = play()
  try {
    const result: unknown = given.warmup(input => playTo(server, handler, input ?? ''))
    if (isPromise(result)) {
      result.catch(() => {})
      throw new TypeError(asynchronousWarmUp)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `the warmup of the handler failed: ${reason}`
    throw Object.assign(new Error(message, { cause: error }), { code: warmUpFailed })
  } finally {
    end()
  }
}

const nobody = { family: 'IPv4', host: '127.0.0.1', port: 65535 } as const

function playTo(server: Server, handler: Handler, input: string | Uint8Array): Buffer {
  if (handler.constructor.name === 'AsyncFunction') throw new TypeError(asynchronousHandler)
  const { fd, answer } = forkClient(Buffer.from(input))
  let received: Buffer
  try {
    const { settings, draining } = server
    const connection = new Connection({ fd, address: nobody }, settings.handler, draining)
    const result = handler(connection)
    if (isPromise(result)) result.catch(() => {})
    if (isPromise(result) || connection.isInEventLoop) throw new TypeError(asynchronousHandler)
  } finally {
    close(fd)
    server.draining.forget()
    received = answer()
  }
  return received
}

interface PlayedClient {
  /** Where it is accepted. */
  fd: Fd
  answer: () => Buffer
}

// In processes of their own, one that writes and one that reads: whoever did both, one after the other,
// would wait for ever for a handler that does the same.
function forkClient(input: Buffer): PlayedClient {
  const [client, fd] = socketpair(AF_UNIX, SOCK_STREAM)
  const [hears, tells] = pipe()
  const pid = forkTo(() => {
    for (const other of [fd, hears]) close(other)
    beClient(client, tells, input)
  })
  for (const other of [client, tells]) close(other)
  return { fd, answer: () => answerOf(pid, hears) }
}

// Whatever goes wrong in the child, it ends there: it must not go on as a second daemon process.
function forkTo(task: () => void): Pid {
  const pid = fork()
  if (pid !== 0) return pid
  try {
    task()
  } catch {
    _exit(1)
  }
  return _exit(0)
}

function beClient(client: Fd, tells: Fd, input: Buffer): void {
  const sender = forkTo(() => send(client, input))
  writeWhole(tells, readAll(client))
  if (!hasSucceeded(sender)) _exit(1)
}

function send(client: Fd, input: Buffer): void {
  try {
    writeWhole(client, input)
    shutdown(client, SHUT_WR)
  } catch (error) {
    // A handler need not read all.
    if (!isSystemError(error, 'EPIPE', 'ENOTCONN')) throw error
  }
}

function answerOf(client: Pid, hears: Fd): Buffer {
  const answer = readAll(hears)
  close(hears)
  if (!hasSucceeded(client)) throw new Error('the played client has failed')
  return answer
}

function hasSucceeded(child: Pid): boolean {
  const status = waitpid(child)?.status
  return status?.kind === 'exited' && status.code === 0
}

function readAll(fd: Fd): Buffer {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.allocUnsafe(65_536)
    const length = readOrReset(fd, chunk)
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, length))
  }
}

// The handler has closed before it had read all.
function readOrReset(fd: Fd, chunk: Buffer): number {
  try {
    return read(fd, chunk)
  } catch (error) {
    if (isSystemError(error, 'ECONNRESET')) return 0
    throw error
  }
}
