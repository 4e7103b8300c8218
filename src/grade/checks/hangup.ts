import type { Check } from '../check.ts'

export const hangup: Check = {
  name: 'sighup',
  asks: 'does the server live on when it gets SIGHUP?',
  why: 'SIGHUP asks a daemon to reread its configuration, with all its clients; by default it kills.',
  read: ['signal(7)', 'UNP 13.4', 'TLPI 37.4', 'Handbook, Concurrent Servers'],
  needs: ['concurrency', 'eintr'],
  async run(judge) {
    const client = await judge.clients.served()
    await judge.until(() => judge.processes.isAsleep(judge.daemon))
    judge.processes.signal(judge.daemon, 'SIGHUP')
    await judge.clients.ask(client, 'a client who was there before SIGHUP')
    await judge.clients.served('a client who came after SIGHUP')
    // It may be a moment until the signal is handled.
    await judge.until(() => judge.processes.isAsleep(judge.daemon))
    await judge.clients.served('a second client who came after SIGHUP')
    return 'after SIGHUP the same daemon process went on, old and new clients were answered'
  },
}
