// Hands connections to a server of Node's own, of node:http or node:https, and so to every framework
// that stands on them. The server is made once, before the first fork; it never listens, because the
// daemon process does. Each server process gives it one connection.
import { once } from 'node:events'
import type { get, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Connection } from 'truefork'

/** A client that neither asks nor reads for so long gives its process back. */
const patienceMs = 120_000

/**
 * Has the server serve the connection, until its socket is closed: then the process ends. Work that
 * goes on behind an answer ends with it.
 *
 * When the daemon process begins to stop, a connection on which nothing is asked is closed, and one
 * that is busy after the answer, which says `Connection: close`.
 *
 * @example
 * const server = createServer((request, response) => response.end('hello\n'))
 * export default (connection: Connection) => handOver(server, connection)
 */
export function handOver(server: Server, { socket, draining }: Connection): void {
  // As Node treats the sockets that it accepts itself. Without the one, small pieces of an answer
  // wait for the client's acknowledgement; without the other, a client that ends in the middle of
  // the TLS handshake is never noticed.
  socket.setNoDelay(true)
  socket.allowHalfOpen = false

  // headersTimeout and requestTimeout, which put an end to clients that dribble their requests,
  // are watched from this event on, and closeIdleConnections() knows connections that came after it.
  server.emit('listening')
  if (server.timeout === 0) server.setTimeout(patienceMs)

  const answers = new Set<ServerResponse>()
  server.prependListener('request', (_, answer) => {
    answers.add(answer)
    answer.once('close', () => {
      answers.delete(answer)
      if (draining.aborted) closeIfIdle()
    })
    if (draining.aborted) makeLast(answer)
  })
  // Browsers open connections before they need them: such a client waits for nothing.
  let sentSoFar = 0
  server.on('secureConnection', () => {
    sentSoFar = socket.bytesRead
  })
  const closeIfIdle = () => {
    server.closeIdleConnections()
    if (socket.bytesRead === sentSoFar) socket.destroySoon()
  }
  draining.addEventListener('abort', async () => {
    answers.forEach(makeLast)
    // A request may have come that is not read yet: once round the event loop.
    await nextTurn()
    await nextTurn()
    closeIfIdle()
  })

  server.emit('connection', socket)
}

function makeLast(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close')
}

/**
 * Has the server answer a request of our own, before the first fork. What Node compiles for it,
 * every server process finds compiled: a connection costs about half of the processor time.
 *
 * @param ask `get` of node:http or of node:https
 * @param path what to ask for: something that does no harm
 */
export async function warmUp(server: Server, ask: typeof get, path = '/'): Promise<void> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const options = { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false }
  const [answer] = (await once(ask(options), 'response')) as [IncomingMessage]
  answer.resume()
  await once(server.close(), 'close')
}
