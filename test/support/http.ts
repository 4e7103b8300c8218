// Clients of HTTP: node's own, and bytes on a socket.
import { once } from 'node:events'
import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'
import { text } from 'node:stream/consumers'
import type { ConnectionOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import { connectClient } from './client.ts'
import { DEADLINE, within } from './until.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

interface Question extends RequestOptions {
  port: number
  path?: string
  body?: string | Buffer
  /** Given, the request goes over TLS. */
  tls?: ConnectionOptions | undefined
}

/** One request. Without an `agent` it has a connection of its own, and says `Connection: close`. */
export async function ask({ body, tls, ...options }: Question): Promise<Answer> {
  const request = begin({ ...options, tls })
  request.end(body)
  return answerTo(request)
}

/** A request whose body is yet to be written. */
export function begin({ tls, ...options }: Omit<Question, 'body'>) {
  const all = { host: '127.0.0.1', path: '/', agent: false, ...options }
  return tls ? httpsRequest({ ...all, ...tls }) : httpRequest(all)
}

/** The answer, with its whole body. */
export async function answerTo(request: ReturnType<typeof begin>): Promise<Answer> {
  const [response] = (await within(
    once(request, 'response'),
    () => `an answer to ${request.path}`,
  )) as [IncomingMessage]
  const body = await within(text(response), () => `the end of ${request.path}`, 2 * DEADLINE)
  return { status: response.statusCode!, headers: response.headers, body }
}

/** An agent with one connection, which stays open until the end of the test. */
export function keepAlive(tls?: ConnectionOptions): Agent {
  const one = { keepAlive: true, maxSockets: 1 }
  const agent = tls ? new SecureAgent({ ...one, ...tls }) : new Agent(one)
  onTestFinished(() => agent.destroy())
  return agent
}

/** Sends text as it is; what comes back until the server ends. */
export async function exchange(port: number, lines: readonly string[]): Promise<string> {
  const socket = await connectClient(port)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const answer = await within(text(socket), () => 'the end of the connection')
  socket.destroy()
  return answer
}

/** The server process that an answer names. */
export const processOf = ({ body }: Answer): number => Number(/process (\d+)/i.exec(body)![1])
