import type { Check } from '../check.ts'

export const childEnds: Check = {
  name: 'child-ends',
  asks: 'does the server process end when its client has left?',
  why: 'A child that goes on after its client, back into the accept loop above all, becomes one more server with each client.',
  read: ['_exit(2)', 'UNP 4.8', 'TLPI 25.1', 'Handbook, Concurrent Servers'],
  needs: ['processes'],
  async run(judge) {
    const client = await judge.clients.served()
    const pid = await judge.processes.serverOf(client)
    judge.clients.leave(client)
    await judge.must(
      () => !judge.processes.isAlive(pid),
      `the server process ${pid} is still there after its client has left`,
    )
    return `the server process ${pid} ended when its client left`
  },
}
