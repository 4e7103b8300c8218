import { type Check, Failed } from '../check.ts'

const COUNT = 3

export const processes: Check = {
  name: 'processes',
  asks: 'does each client have a process of its own?',
  why: 'A process of its own for each client keeps a crash, a leak or an endless loop to that client; and it is what was asked for.',
  read: ['fork(2)', 'UNP 4.8', 'TLPI 60.3', 'Handbook, Concurrent Servers'],
  needs: ['answer'],
  async run(judge) {
    const nearest: number[] = []
    for (let i = 0; i < COUNT; i++) {
      const client = await judge.clients.served()
      const [pid] = (await judge.processes.serversOf(client)) ?? []
      if (pid === undefined) {
        throw new Failed(`a client's socket is held by the daemon process ${judge.daemon} alone`)
      }
      nearest.push(pid)
    }
    const different = new Set(nearest).size
    if (different < COUNT) {
      throw new Failed(
        `${COUNT} clients were served by ${different} processes: ${nearest.join(' ')}`,
      )
    }
    return `${COUNT} clients were served by the processes ${nearest.join(' ')}`
  },
}
