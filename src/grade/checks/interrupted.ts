import type { Check } from '../check.ts'

const TIMES = 3

export const interrupted: Check = {
  name: 'eintr',
  asks: 'do calls that a signal interrupts go on?',
  why: 'A signal makes accept and read fail with EINTR, which is no error: a server that takes it for one ends with its first child.',
  read: ['signal(7)', 'sigaction(2) SA_RESTART', 'UNP 5.9', 'TLPI 21.5'],
  needs: ['concurrency'],
  async run(judge) {
    const staying = await judge.clients.served('the first client')
    const [serving] = (await judge.processes.serversOf(staying)) ?? []
    for (let i = 0; i < TIMES; i++) {
      for (const pid of [judge.daemon, serving]) {
        if (pid === undefined) continue
        await judge.until(() => judge.processes.isAsleep(pid))
        judge.processes.signal(pid, 'SIGCHLD')
        await judge.until(() => judge.processes.isAsleep(pid))
      }
      judge.clients.leave(await judge.clients.served(`a client who came after ${i + 1} SIGCHLD`))
    }
    await judge.clients.ask(staying, 'a client whose server process got SIGCHLD')
    return `${TIMES} times SIGCHLD came while the daemon process waited, and clients were served as before`
  },
}
