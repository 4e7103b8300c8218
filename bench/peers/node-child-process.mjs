// child_process.fork for each client, and the accepted socket passed to it: the nearest thing to a
// process for each client that Node itself has.
//   node node-child-process.mjs PORT
import { fork } from 'node:child_process'
import { createServer } from 'node:net'

if (process.argv[2] === 'serve') {
  process.once('message', (_, socket) => {
    socket.on('error', () => socket.destroy())
    // The channel would keep this process alive. Closed any sooner, it loses the word to the parent
    // that the socket has arrived.
    socket.on('close', () => process.disconnect())
    socket.pipe(socket)
    socket.resume()
  })
} else {
  const server = createServer({ pauseOnConnect: true }, socket => {
    const child = fork(import.meta.filename, ['serve'])
    child.on('error', () => socket.destroy())
    child.send('socket', socket)
  })
  server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 511 })
}
