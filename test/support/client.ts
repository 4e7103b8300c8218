import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { within } from './until.ts'

/**
 * A connected client, destroyed after the test. It does not end by itself when the server does,
 * and its errors are not thrown: they are to be awaited as events.
 */
export async function connectClient(to: number | NetConnectOpts): Promise<Socket> {
  const options = typeof to === 'number' ? { host: '127.0.0.1', port: to } : to
  const socket = connect({ ...options, allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  await within(once(socket, 'connect'), () => `a connection to ${JSON.stringify(to)}`)
  socket.on('error', () => {})
  return socket
}
