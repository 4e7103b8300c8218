import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf } from '../proc.mjs'

export const title = '30 clients that send a byte now and then'

const count = 30
const line = 'a slow client'

export async function inject({ server, crowd, holdMany }) {
  const slow = await holdMany(count)
  let most = 0
  for (const letter of line) {
    for (const { client } of slow) client.send(letter)
    most = Math.max(most, childrenOf(server.daemon).length)
    await delay(50)
  }
  for (const { client } of slow) {
    client.send('\n')
    const answer = await client.line(null)
    crowd.count(answer === line ? await client.leave() : answer === null ? 'hung' : 'wrong')
  }
  if (most < count) throw new Error(`only ${most} server processes`)
  return `${count} lines of ${line.length} bytes, ${line.length} sends each; ${most} server processes`
}
