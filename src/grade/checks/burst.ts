import { type Check, NotSeen } from '../check.ts'

const COUNT = 5

export const burst: Check = {
  name: 'burst',
  asks: 'are all children collected when many end at once?',
  why: 'Signals are not queued: one SIGCHLD may stand for many children, so the handler has to wait until nobody is left.',
  read: ['waitpid(2)', 'signal(7)', 'UNP 5.10', 'TLPI 26.3'],
  needs: ['child-ends', 'eintr'],
  async run(judge) {
    const clients = []
    const pids: number[] = []
    for (let i = 0; i < COUNT; i++) {
      const client = await judge.clients.served()
      clients.push(client)
      pids.push(await judge.processes.serverOf(client))
    }
    // While the daemon process is stopped, all of them end, and there is one signal for all.
    await judge.processes.stop(judge.daemon)
    for (const client of clients) judge.clients.leave(client)
    const ended = await judge.until(() => !pids.some(pid => judge.processes.isAlive(pid)))
    judge.processes.resume(judge.daemon)
    if (!ended) throw new NotSeen('server processes do not end: see child-ends')
    let left = pids
    await judge.must(
      all => {
        left = pids.filter(pid => all.some(stat => stat.pid === pid))
        return left.length === 0
      },
      () => `of ${COUNT} server processes that ended at once, ${left.length} stay zombies`,
    )
    return `${COUNT} server processes that ended at once were all collected`
  },
}
