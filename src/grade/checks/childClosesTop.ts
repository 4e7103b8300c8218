import { type Check, NotSeen } from '../check.ts'
import { descriptorsOf } from '../processes.ts'

export const childClosesTop: Check = {
  name: 'child-closes-top',
  asks: 'does the server process close the top socket?',
  why: 'A child that keeps the listening socket keeps the port: the server cannot be started again while one client stays.',
  read: ['fork(2)', 'UNP 4.8', 'TLPI 60.3', 'Handbook, Concurrent Servers'],
  needs: ['processes'],
  async run(judge) {
    const client = await judge.clients.served()
    const pids = await judge.processes.serversOf(client)
    if (!pids) throw new NotSeen('no process of its own serves the client: see processes')
    const keeping = () =>
      pids.filter(pid => [...descriptorsOf(pid).values()].includes(judge.server.top))
    await judge.must(
      () => keeping().length === 0,
      () => `the server process ${keeping().join(' ')} still holds the top socket`,
    )
    return `the server process ${pids.join(' ')} did not hold the top socket`
  },
}
