// Express, as it is. The same holds for every framework that gives or takes a server of node:http:
// Koa (app.callback()), Fastify (await app.ready(), then app.server), Hono, Next, …
//
//   npm install express
//   truefork serve examples/express.ts
//   curl http://127.0.0.1:7777/
//   curl http://127.0.0.1:7777/sum --json '[1, 2, 3]'
import { createServer, get } from 'node:http'
import express from 'express'
import type { Connection } from 'truefork'
import { handOver, warmUp } from './handOver.ts'

const app = express()

app.get('/', (_, response) => {
  response.type('text').send(`Express, in process ${process.pid}\n`)
})

app.post('/sum', express.json(), (request, response) => {
  const numbers: unknown = request.body
  if (!Array.isArray(numbers)) {
    response.status(400).json({ error: 'expected an array of numbers' })
    return
  }
  response.json({ sum: numbers.reduce((sum, number) => sum + number, 0), by: process.pid })
})

const server = createServer(app)
await warmUp(server, get)

export default (connection: Connection): void => handOver(server, connection)
