// One process, one event loop: what Node is made for.
//   node node-net.mjs PORT
import { createServer } from 'node:net'

const server = createServer({ allowHalfOpen: false }, socket => {
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
})
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 511 })
