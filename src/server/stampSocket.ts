import type { Socket } from 'node:net'
import type { Stamp } from './incoming.ts'

const looks = 4
const longestLookMs = 15_000

/**
 * Has a socket of Node's note when it reads or writes. It is looked at a few times in the time that may
 * pass. Not by its events: to listen for data would start its flow, and http and tls read past all
 * events; what they read and write they count all the same.
 */
export function stampSocket(socket: Socket, stamp: Stamp): void {
  let before = moved(socket)
  const look = () => {
    const now = moved(socket)
    if (now !== before) stamp.now()
    before = now
  }
  setInterval(look, Math.min(stamp.idle / looks, longestLookMs)).unref()
}

// Of what was written, as much as the system has taken: a slow reader is not idle.
function moved(socket: Socket & { _handle?: { writeQueueSize?: number } }): number {
  const waiting = socket._handle?.writeQueueSize ?? 0
  return (socket.bytesRead ?? 0) + (socket.bytesWritten ?? 0) - waiting
}
