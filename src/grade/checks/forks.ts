// What becomes of the processes that a server process starts itself.
import { type Check, Failed, NotSeen } from '../check.ts'
import type { Client } from '../client.ts'
import type { Judge, Terms } from '../judge.ts'
import { fieldOf } from '../processes.ts'
import { spoken } from '../talk.ts'

const isGiven = ({ talk }: Terms) => talk.forks.length > 0

export const descendants: Check = {
  name: 'descendants',
  asks: 'does what a server process has started end with it?',
  why: 'Whatever a server process leaves behind holds the connection of its client, and nobody counts it any more: a process group can be ended as a whole.',
  read: ['setpgid(2)', 'kill(2)', 'TLPI 34.2', 'TLPI 20.5'],
  needs: ['child-ends'],
  wants: { what: '[forks] in --talk', isGiven },
  async run(judge) {
    const { client, started, other } = await setOff(judge)
    judge.clients.leave(client)
    let left: number[] = []
    await judge.must(
      all => {
        left = all
          .filter(({ pid, state }) => started.has(pid) && state !== 'Z')
          .map(({ pid }) => pid)
        return left.length === 0
      },
      () =>
        `the client has left, and of what its server process had started ${left.length} are there`,
    )
    await judge.clients.ask(other, 'another client, afterwards,')
    return `${started.size} processes ended with the server process that had started them`
  },
}

export const maxProcesses: Check = {
  name: 'max-processes',
  asks: 'is a server process that starts others stopped in time?',
  why: 'What runs away in one server process must not take the processes that all others need: a limit says where it ends.',
  read: ['setrlimit(2) RLIMIT_NPROC', 'fork(2) EAGAIN', 'TLPI 36.3', 'UNP 4.7'],
  needs: ['child-ends'],
  wants: {
    what: '--max-processes, and [forks] in --talk',
    isGiven: terms => isGiven(terms) && terms.maxProcesses !== undefined,
  },
  async run(judge) {
    const { maxProcesses: most = 0 } = judge.terms
    if (Number(fieldOf(judge.daemon, 'Uid')?.split(/\s+/)[0]) === 0) {
      throw new NotSeen(
        'the limit of processes does not bind root: run as another user, or with --user',
      )
    }
    const { client, started, other } = await setOff(judge)
    // The server process itself is one of them.
    if (started.size + 1 > most) {
      throw new Failed(`a server process became ${started.size + 1}, and ${most} are allowed`)
    }
    await judge.clients.ask(other, 'another client, meanwhile,')
    judge.clients.leave(client)
    await judge.clients.served('a client who came afterwards')
    return `a server process became ${started.size + 1}, and others were served meanwhile`
  },
}

/** A client has its server process start what it can. */
async function setOff(
  judge: Judge,
): Promise<{ client: Client; other: Client; started: Set<number> }> {
  const client = await judge.clients.served()
  const pid = await judge.processes.serverOf(client)
  const other = await judge.clients.served()
  let before = new Set<number>()
  await judge.until(all => {
    before = new Set(all.map(({ pid }) => pid))
    return false
  })
  client.send(spoken(judge.terms.talk.forks, 0))
  let started: number[] = []
  // Until it has come to rest: some only multiply for a while.
  await judge.until(all => {
    started = all.map(({ pid }) => pid).filter(pid => !before.has(pid))
    return false
  })
  if (started.length === 0) {
    throw new NotSeen(`the server process ${pid} starts no process when it is asked to`)
  }
  return { client, other, started: new Set(started) }
}
