import type { Check } from '../check.ts'
import { descriptorsOf } from '../processes.ts'

export const parentCloses: Check = {
  name: 'parent-closes',
  asks: 'does the daemon process close the accepted socket?',
  why: 'A copy left open in the parent keeps the connection from ending when the child closes its own, and the parent runs out of descriptors.',
  read: ['close(2)', 'UNP 4.8', 'TLPI 60.3', 'Handbook, Concurrent Servers'],
  needs: ['processes'],
  async run(judge) {
    const client = await judge.clients.served()
    const socket = judge.processes.accepted(client)
    const copies = () =>
      [...descriptorsOf(judge.daemon)].filter(([, name]) => name === socket).map(([fd]) => fd)
    await judge.must(
      () => copies().length === 0,
      () =>
        `the daemon process ${judge.daemon} still holds the accepted socket, as descriptor ${copies().join(' ')}`,
    )
    return `the daemon process ${judge.daemon} did not hold the accepted socket of a client who was served`
  },
}
