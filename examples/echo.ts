// The echo server: sends back whatever comes.
//
//   truefork serve examples/echo.ts
//   nc 127.0.0.1 7777             in another terminal: type, and read it again
import type { Connection } from 'truefork'

export default function echo(connection: Connection): void {
  for (const chunk of connection) connection.write(chunk)
}
