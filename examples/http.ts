// HTTP by node:http, each connection in a process of its own.
//
//   truefork serve examples/http.ts
//   curl http://127.0.0.1:7777/ http://127.0.0.1:7777/     one connection, one process, two requests
//   curl http://127.0.0.1:7777/fibonacci/45 &              keeps one process busy, and no other client
//   curl http://127.0.0.1:7777/crash                       ends one process, and nobody else notices
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Connection } from 'truefork'
import { handOver, warmUp } from './handOver.ts'

type Answer = ServerResponse & { req: IncomingMessage }

// A variable of the daemon process. Each server process has its own copy, and counts for itself.
let requests = 0

const pages: Record<string, (answer: Answer, argument: number) => void> = {
  '': answer => {
    // A client of a UNIX socket has no address.
    const { remoteAddress = 'neighbour' } = answer.req.socket
    answer.setHeader('Content-Type', 'text/plain')
    answer.end(`Hello ${remoteAddress}, this is request ${requests} of your connection.
Process ${process.pid} serves you, and nobody else. Its parent is the daemon process ${process.ppid}.\n`)
  },
  echo: answer => {
    answer.req.pipe(answer)
  },
  numbers: (answer, last) => {
    Readable.from(numbers(last)).pipe(answer)
  },
  fibonacci: (answer, n) => {
    answer.end(`${fibonacci(n)}\n`)
  },
  crash: () => {
    throw new Error('a page that crashes')
  },
}

function* numbers(last: number): Generator<string> {
  for (let number = 1; number <= last; number++) yield `${number}\n`
}

// On purpose not the clever way: it shows that a process which computes keeps nobody waiting.
const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2))

const server = createServer((request, answer) => {
  requests++
  const [, name = '', argument] = (request.url ?? '').split('/')
  const page = Object.hasOwn(pages, name) ? pages[name] : undefined
  if (page) page(answer, Number(argument))
  else answer.writeHead(404).end('no such page\n')
})

await warmUp(server, get)
requests = 0

export default (connection: Connection): void => handOver(server, connection)
