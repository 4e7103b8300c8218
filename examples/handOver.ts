// Hands connections to a server of Node's own, of node:http or node:https, and so to every framework
// that stands on them. The server is made once, before the first fork; it never listens, because the
// daemon process does. Each server process gives it one connection.
import { once } from 'node:events'
import type { get, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn, setTimeout as pass } from 'node:timers/promises'
import type { Connection } from 'truefork'

/** A client that neither asks nor reads for so long gives its process back. */
const patienceMs = 120_000

/** When the server stops, a request that comes so soon after is answered yet. */
const onItsWayMs = 200

/**
 * Has the server serve the connection until its socket is closed; then the process ends, and with
 * it whatever still goes on behind an answer. An asynchronous handler can wait for that:
 * `await once(connection.socket, 'close')`, and then for the rest.
 *
 * @example
 * const server = createServer((request, response) => response.end('hello\n'))
 * export default (connection: Connection) => handOver(server, connection)
 */
export function handOver(server: Server, connection: Connection): void {
  const { socket } = connection
  // As Node treats the sockets that it accepts itself. Without the one, small pieces of an answer
  // wait for the client's acknowledgement; without the other, a client that ends in the middle of
  // the TLS handshake is never noticed.
  socket.setNoDelay(true)
  socket.allowHalfOpen = false

  // headersTimeout and requestTimeout, which put an end to clients that dribble their requests,
  // are watched from this event on, and closeIdleConnections() knows what was connected after it.
  server.emit('listening')
  if (server.timeout === 0) server.setTimeout(patienceMs)

  endWhenDraining(server, connection)
  server.emit('connection', socket)
}

// When the daemon process begins to stop, a connection on which nothing is asked is closed; a busy
// one after its answer, which says `Connection: close` if its head is not sent yet.
function endWhenDraining(server: Server, { socket, draining }: Connection): void {
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
  let bytesOfHandshake = 0
  server.once('secureConnection', () => {
    bytesOfHandshake = socket.bytesRead
  })
  const closeIfIdle = () => {
    server.closeIdleConnections()
    if (socket.bytesRead === bytesOfHandshake) socket.destroySoon()
  }

  const drain = async () => {
    for (const answer of answers) makeLast(answer)
    // A request may be on its way, or have come without being read yet.
    await pass(onItsWayMs)
    await nextTurn()
    closeIfIdle()
  }
  if (draining.aborted) drain()
  else draining.addEventListener('abort', drain)
}

function makeLast(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close')
}

/**
 * Has the server answer a request of our own, before the first fork. What Node compiles for it,
 * every server process finds compiled: it saves about a third of the processor time of a connection.
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
