// Lab 1: a sequential server. README.md tells what to do.
import { AF_INET, accept, bind, close, type Fd, listen, SOCK_STREAM, socket } from 'truefork/posix'

const port = Number(process.argv[2] ?? 7777)
const top = initialize()
console.log(`process ${process.pid} listens on 127.0.0.1:${port}`)
const accepted = accept(top)
serve(accepted)
close(accepted)

/** Makes the top socket, which listens. */
function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  return top
}

/** Sends back whatever the client sends, until it sends no more. */
function serve(accepted: Fd): void {
  console.log(`a client has come: descriptor ${accepted}`)
}
