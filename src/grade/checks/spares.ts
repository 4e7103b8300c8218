// Servers that fork before their clients come.
import { type Check, Failed } from '../check.ts'
import type { Judge } from '../judge.ts'

const wants = {
  what: '--spares',
  isGiven: ({ spares }: Judge['terms']) => spares !== undefined,
}

export const spares: Check = {
  name: 'spares',
  asks: 'are server processes there before their clients come?',
  why: 'A client of a process that is there already does not have to wait for a fork.',
  read: ['UNP 30.6', 'TLPI 60.4'],
  needs: ['answer'],
  wants,
  async run(judge) {
    const { spares: count = 0 } = judge.terms
    const waiting = await gathered(judge, 'before a client had come')
    const pids = new Set<number>()
    for (let i = 0; i < count; i++) {
      const client = await judge.clients.served()
      const pid = await judge.processes.serverOf(client)
      if (!waiting.has(pid)) {
        throw new Failed(`the server process ${pid} was not there before its client came`)
      }
      if (pids.has(pid)) throw new Failed(`the process ${pid} serves two clients at once`)
      pids.add(pid)
    }
    return `${waiting.size} processes waited for clients, and ${count} clients were served by them at once`
  },
}

export const replacement: Check = {
  name: 'replacement',
  asks: 'does another process take the place of one that ends?',
  why: 'Processes end, by accident too: a parent that does not replace them serves fewer clients each day, and then none.',
  read: ['wait(2)', 'UNP 30.6', 'TLPI 26.1'],
  needs: ['spares'],
  wants,
  async run(judge) {
    const { spares: count = 0 } = judge.terms
    const first = await gathered(judge, 'before a client had come')
    for (const pid of first) judge.processes.signal(pid, 'SIGKILL')
    await judge.until(all => !all.some(({ pid, state }) => first.has(pid) && state !== 'Z'))
    const next = await gathered(judge, `after ${first.size} had been killed`)
    for (let i = 0; i < count; i++) await judge.clients.served('a client of the new processes')
    return `${first.size} processes were killed, and ${next.size} others took their place`
  },
}

export const turnover: Check = {
  name: 'turnover',
  asks: 'does each process serve as many clients as was asked for, and then another one?',
  why: 'Serving several clients saves forks; ending after some of them keeps what one process has leaked small.',
  read: ['UNP 30.6', 'TLPI 60.4'],
  needs: ['spares'],
  wants: {
    what: '--spares and --clients-per-process',
    isGiven: terms => wants.isGiven(terms) && terms.clientsPerProcess !== undefined,
  },
  async run(judge) {
    const { spares: count = 0, clientsPerProcess: each = 0 } = judge.terms
    // One more than those that are there at first can serve.
    const clients = count * each + 1
    const served = new Map<number, number>()
    for (let i = 0; i < clients; i++) {
      const client = await judge.clients.served()
      const pid = await judge.processes.serverOf(client)
      const times = (served.get(pid) ?? 0) + 1
      if (times > each) {
        throw new Failed(`the process ${pid} served ${times} clients, and ${each} are allowed`)
      }
      served.set(pid, times)
      judge.clients.leave(client)
      await judge.until(() => judge.processes.accepted(client) === undefined)
    }
    const most = Math.max(...served.values())
    if (each > 1 && most === 1) throw new Failed(`no process served a second client`)
    return `${clients} clients were served by ${served.size} processes, ${most} at most by one`
  },
}

/** The processes other than the daemon process that hold the top socket, as soon as there are enough. */
async function gathered(judge: Judge, when: string): Promise<Set<number>> {
  const { spares: count = 0 } = judge.terms
  let pids: number[] = []
  await judge.must(
    all => {
      pids = judge.processes
        .holders(judge.server.top, all)
        .map(({ pid }) => pid)
        .filter(pid => pid !== judge.daemon)
      return pids.length >= count
    },
    () => `${when}, ${pids.length} processes waited for clients, and ${count} were asked for`,
  )
  return new Set(pids)
}
