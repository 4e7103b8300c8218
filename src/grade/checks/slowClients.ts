import type { Check } from '../check.ts'

const COUNT = 4

export const slowClients: Check = {
  name: 'slow-clients',
  asks: 'do clients that stop in the middle of a question hold up another?',
  why: 'Whoever reads a whole question before it forks can be held up by one byte, by accident or on purpose.',
  read: ['accept(2)', 'UNP 6.8 (denial of service)', 'TLPI 60.1', 'Handbook, Concurrent Servers'],
  needs: ['concurrency', 'short-reads'],
  async run(judge) {
    const slow = []
    for (let i = 0; i < COUNT; i++) {
      const client = await judge.clients.connect()
      await judge.clients.greet(client, 'a slow client')
      client.send(judge.clients.question(client).subarray(0, 1))
      slow.push(client)
    }
    await judge.clients.served(`a client who came behind ${COUNT} with half a question`)
    for (const client of slow) {
      client.send(judge.clients.question(client).subarray(1))
      await judge.clients.answer(client, 'a slow client who came to the end of its question')
    }
    return `a client was answered behind ${COUNT} who had sent one byte, and so were they in the end`
  },
}
