import type { Check } from '../check.ts'

export const concurrency: Check = {
  name: 'concurrency',
  asks: 'is a second client answered while the first one is silent?',
  why: 'A server that serves in its accept loop lets everybody wait for one client, who may stay for hours.',
  read: ['fork(2)', 'UNP 4.8', 'TLPI 60.3', 'Handbook, Concurrent Servers'],
  needs: ['answer'],
  async run(judge) {
    const first = await judge.clients.served('the first client')
    await judge.clients.served('the second client, while the first was connected and silent,')
    await judge.clients.ask(first, 'the first client, after the second one,')
    return 'a second client was answered while the first one was connected and silent'
  },
}
