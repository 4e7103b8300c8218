// HTTPS. The certificate is made at the start, and every server process has it. So it is with the
// keys of session tickets: a client resumes its session, without a full handshake, in any of them.
//
//   npm install selfsigned
//   truefork serve examples/tls.ts
//   curl --insecure https://127.0.0.1:7777/
//   openssl s_client -connect 127.0.0.1:7777       shows the certificate, and the ticket
import { createServer, get } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import type { Connection } from 'truefork'
import { handOver, warmUp } from './handOver.ts'

// For localhost and 127.0.0.1. A server in earnest reads its certificate from files, here too: the
// key is in memory before the daemon process gives up its privileges.
const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
  algorithm: 'sha256',
})

const server = createServer({ key, cert }, (request, answer) => {
  const socket = request.socket as TLSSocket
  const how = socket.isSessionReused() ? 'resumed' : 'new'
  answer.setHeader('Content-Type', 'text/plain')
  answer.end(`process ${process.pid}, ${socket.getProtocol()}, a ${how} session\n`)
})

await warmUp(server, get)

export default (connection: Connection): void => handOver(server, connection)
