import type { Check } from '../check.ts'

export const terminate: Check = {
  name: 'sigterm',
  asks: 'does SIGTERM end the server, and leave nothing behind?',
  why: 'Whoever stops a service sends SIGTERM: one that does not end is killed after a while, and what it leaves behind holds memory and ports.',
  read: ['signal(7)', 'kill(1)', 'UNP 13.4', 'TLPI 37.3'],
  needs: ['child-ends'],
  async run(judge) {
    const client = await judge.clients.served()
    const { daemon } = judge
    await judge.until(() => judge.processes.isAsleep(daemon))
    judge.processes.signal(daemon, 'SIGTERM')
    const stops = () => !judge.processes.holders(judge.server.top).some(({ pid }) => pid === daemon)
    await judge.must(stops, `the daemon process ${daemon} goes on after SIGTERM`, {
      daemonMayEnd: true,
    })
    judge.clients.leave(client)
    let left: number[] = []
    await judge.must(
      all => {
        left = all.filter(({ state }) => state !== 'Z').map(({ pid }) => pid)
        return left.length === 0
      },
      () =>
        `after SIGTERM, and when the last client had left, there was still process ${left.join(' ')}`,
      { daemonMayEnd: true },
    )
    return 'SIGTERM ended the daemon process, and when the last client had left, nothing was there any more'
  },
}
