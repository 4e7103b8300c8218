// serve: the box that the handler fills.
import { isSystemError } from '../posix/errors.ts'
import { Connection } from './connection.ts'
import { Failure } from './failure.ts'
import type { Client, Server } from './server.ts'
import { tuneSocket } from './tuneSocket.ts'

/** The exit status of a server process whose handler has thrown. */
export const failed = 1

/**
 * Has the handler serve a client.
 *
 * @returns the exit status, or a promise of it where the handler is asynchronous. It never throws:
 * what the handler throws is logged, and is status 1
 */
export function serveClient(server: Server, client: Client): number | Promise<number> {
  const { handler, settings, draining, limit } = server
  try {
    if (settings.keepalive || settings.nodelay) tuneSocket(client, settings)
    if (typeof handler !== 'function') return handler.serve(client, server)
    const stamp = limit && server.timeLimits.stampOf(limit)
    const connection = new Connection(client, settings.handler, draining, stamp, server.hub)
    const result = handler(connection)
    if (isPromise(result))
      return settle(server, client, connection, result, () => connection.finishSending())
    // A handler in the style of callbacks has done its work when the conversation is over.
    if (connection.isInEventLoop)
      return settle(server, client, connection, result, () => connection.closed())
    return report(server, client, statusFrom(result))
  } catch (error) {
    return fail(server, client, error)
  }
}

async function settle(
  server: Server,
  client: Client,
  connection: Connection,
  result: unknown,
  isOver: () => Promise<void>,
): Promise<number> {
  try {
    const value = await result
    await isOver()
    if (server.spares) await connection.release()
    return report(server, client, statusFrom(value))
  } catch (error) {
    return fail(server, client, error)
  }
}

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Promise<unknown> | undefined)?.then === 'function'

function statusFrom(result: unknown): number {
  if (typeof result !== 'number') return 0
  if (Number.isInteger(result) && result >= 0 && result <= 255) return result
  throw new RangeError(`the handler returned ${result}: an exit status is 0 to 255`)
}

function report(server: Server, client: Client, code: number): number {
  server.hub?.leave()
  server.report({ event: 'served', client: client.name, code })
  return code
}

// That a client has gone is no fault of the handler's: no stack.
export function fail(server: Server, client: Client, error: unknown): number {
  const known = isSystemError(error, 'EPIPE', 'ECONNRESET') || error instanceof Failure
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error && !known ? { stack: error.stack ?? '' } : {}
  server.report({ event: 'error', client: client.name, message, ...stack })
  server.hasFailed = true
  return error instanceof Failure ? error.status : failed
}
