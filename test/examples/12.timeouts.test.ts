// What Node watches from the event 'listening' on, in a server that never listens itself.
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { expectOrder, startExample } from '../support/example.ts'
import { fixtureFile } from '../support/server.ts'
import { within } from '../support/until.ts'

async function connected() {
  const server = await startExample(fixtureFile('impatient.ts'))
  const client = await connectClient(server.port)
  const end = within(received(client), () => 'the end of the connection')
  return { server, client, end }
}

// What is sent to a server that has closed is answered by a reset, behind what it had to say.
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await new Promise(resolve => socket.once('end', resolve).once('close', resolve))
  return text
}

/** One character after the other, until the server has had enough. */
async function dribble(socket: Socket, beginning: string) {
  socket.write(beginning)
  const timer = setInterval(() => socket.write('x'), 20)
  await new Promise(resolve => socket.once('end', resolve).once('close', resolve))
  clearInterval(timer)
  socket.destroy()
}

test.each([
  ['the head of its request', 'GET / HTTP/1.1\r\nHost: '],
  ['the body of its request', 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n'],
])('a client that dribbles %s is sent away', async (_, beginning) => {
  const { server, client, end } = await connected()
  await dribble(client, beginning)
  expect(await end).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  await expectOrder(server)
})

test('a client that says nothing is sent away', async () => {
  const { server, client, end } = await connected()
  expect(await end).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  client.destroy()
  await expectOrder(server)
})

test('a client that asks no more is sent away', async () => {
  const { server, client, end } = await connected()
  client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
  expect(await end).toMatch(/^HTTP\/1\.1 200 OK\r\n.*thank you\n/s)
  client.destroy()
  await expectOrder(server)
})
