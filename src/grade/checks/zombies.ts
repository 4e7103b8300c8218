import { type Check, NotSeen } from '../check.ts'

const COUNT = 3

export const zombies: Check = {
  name: 'zombies',
  asks: 'is each child collected when it has ended?',
  why: 'A child that nobody waits for stays as a zombie, and takes a place in the table of processes until that is full.',
  read: ['wait(2)', 'UNP 5.9', 'TLPI 26.2', 'Handbook, Concurrent Servers'],
  needs: ['child-ends', 'eintr'],
  async run(judge) {
    for (let i = 0; i < COUNT; i++) {
      const client = await judge.clients.served()
      const pid = await judge.processes.serverOf(client)
      judge.clients.leave(client)
      if (!(await judge.until(() => !judge.processes.isAlive(pid))))
        throw new NotSeen(`the server process ${pid} does not end: see child-ends`)
      await judge.must(
        all => !all.some(stat => stat.pid === pid),
        `the server process ${pid} has ended and stays a zombie`,
      )
    }
    return `${COUNT} server processes, one after the other, were collected when they had ended`
  },
}
