// What V8 has not run it has not compiled, and each child would compile it anew. So the daemon
// process plays the life of a server process, without a fork, before the first client comes.
import { setFlagsFromString } from 'node:v8'
import { rehearseChild } from '../fork/forkOnce.ts'
import { AF_UNIX, SHUT_WR, SOCK_STREAM } from '../posix/constants.ts'
import { close, read, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { _exit } from '../posix/processes.ts'
import { type SocketAddress, shutdown, socketpair } from '../posix/sockets.ts'
import type { Connection } from './connection.ts'
import { play } from './flowchart.ts'
import type { Server } from './server.ts'
import { serverProcess } from './serverProcess.ts'

/** After so many times V8 has compiled all that runs, and knows the shapes of what it meets. */
const times = 300

const line = Buffer.from('a line\n')
const answer = Buffer.alloc(1024)

// Every way to use a connection that blocks. The real handler is not run: it may have effects.
function part(connection: Connection): number {
  connection.write(connection.readLine() ?? '')
  for (const chunk of connection) connection.write(chunk)
  connection.end()
  return 0
}

// Another, so that V8 does not take it for certain that it is always the same one.
function double(connection: Connection): void {
  part(connection)
}

/**
 * What V8 meets for the first time in a child it learns there, and forgets with it: so the clients
 * are like those who come. Property by property, as accept makes it.
 */
export function addressLike<Address extends SocketAddress>(client: Address): Address {
  const address = {} as Record<string, unknown>
  for (const [name, value] of Object.entries(client)) address[name] = value
  return address as unknown as Address
}

const addresses = [
  { family: 'IPv4', host: '127.0.0.1', port: 65535 },
  { family: 'unix', path: '' },
] as const

/**
 * Has the code of server processes compiled and warm. The server is afterwards as it was. To be
 * called before the daemon process handles signals: what they do would go unheard meanwhile.
 */
export function warmUp(server: Server): void {
  // What has not run for a while, V8 would forget: in the daemon process, nothing of this runs.
  setFlagsFromString('--no-flush-bytecode')
  const { handler, resources, daemonsOwn } = server
  const role = { handler: part, resources: undefined, daemonsOwn: [], isPlaying: true }
  Object.assign(server, role)
  const end = play()
  try {
    rehearseChild(times)
    for (let time = 0; time < times; time++) {
      server.handler = time % 2 === 0 ? part : double
      const address = addresses[time % 3 === 0 ? 1 : 0] as SocketAddress
      playOnce(server, addressLike(address))
    }
  } catch (error) {
    // No descriptors for it: then it is slower, and works.
    if (!isSystemError(error)) throw error
  } finally {
    end()
    Object.assign(server, { handler, resources, daemonsOwn, isPlaying: false })
  }
  exitInVain()
}

function playOnce(server: Server, address: SocketAddress): void {
  server.reserve.take()
  const [ours, its] = socketpair(AF_UNIX, SOCK_STREAM)
  write(ours, line)
  write(ours, line)
  shutdown(ours, SHUT_WR)
  serverProcess(server, { fd: its, address, name: 'nobody' })
  read(ours, answer)
  close(ours)
}

/** Has _exit compiled, without effect: no status is refused. */
export function exitInVain(): void {
  try {
    _exit(undefined as unknown as number)
  } catch {
    // as it should
  }
}
