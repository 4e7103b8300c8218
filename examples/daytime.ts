// The daytime server (RFC 867): tells the time and hangs up. It serves so briefly that the
// sequential model is enough; it works under both.
//
//   truefork serve examples/daytime.ts --model sequential
//   nc 127.0.0.1 7777             in another terminal
import type { Connection } from 'truefork'

export default function daytime(connection: Connection): void {
  connection.write(`${new Date().toUTCString()}\r\n`)
}
