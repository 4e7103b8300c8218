// child_process.fork for each client, and the accepted socket passed to it: the nearest thing to a
// process for each client that Node itself has.
//   node node-child-process.mjs PORT
import { fork } from 'node:child_process'
import { createServer } from 'node:net'

if (process.argv[2] === 'serve') {
  process.once('message', (_, socket) => {
    process.disconnect()
    socket.on('error', () => socket.destroy())
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
