import { Client } from '../client.mjs'

export const title = 'a port scan: 200 connections closed at once, 200 reset'

const count = 200

export async function inject({ server }) {
  const before = (await server.status()).accepted
  let connected = 0
  for (let turn = 0; turn < count; turn++) {
    for (const leave of ['close', 'reset']) {
      const client = new Client(server.port)
      if (await client.connected()) connected++
      client[leave]()
    }
  }
  if (connected < 2 * count) throw new Error(`only ${connected} were connected`)
  let accepted = 0
  while (accepted < connected) accepted = (await server.status()).accepted - before
  return `${connected} connected and left; with the others ${accepted} accepted`
}
