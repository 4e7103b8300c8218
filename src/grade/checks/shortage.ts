// What a server does that is short of descriptors, or of processes.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type Check, Failed, NotSeen } from '../check.ts'
import type { Judge } from '../judge.ts'
import { descriptorsOf, fieldOf } from '../processes.ts'

interface Limit {
  /** As prlimit(1) names it, and as /proc/PID/limits does. */
  name: string
  row: string
}

const nofile: Limit = { name: 'nofile', row: 'Max open files' }
const nproc: Limit = { name: 'nproc', row: 'Max processes' }

export const descriptors: Check = {
  name: 'descriptors',
  asks: 'does the server outlive that it has no free descriptor?',
  why: 'Without a free descriptor accept fails with EMFILE and the client stays in the queue: whoever gives up is gone, and whoever tries again at once takes a whole processor.',
  read: ['accept(2) EMFILE', 'getrlimit(2)', 'TLPI 36.3'],
  needs: ['concurrency', 'idle'],
  async run(judge) {
    await judge.clients.served('the first client')
    const taken = descriptorsOf(judge.daemon)
    let lowestFree = 0
    while (taken.has(lowestFree)) lowestFree++
    await under(judge, nofile, lowestFree, 'without a free descriptor')
    return 'without a free descriptor the daemon process slept, and with one it served again'
  },
}

export const processLimit: Check = {
  name: 'process-limit',
  asks: 'does the server outlive that it cannot fork?',
  why: 'fork fails with EAGAIN at the limit of processes: that concerns one client, and the server has to try again, but not at once and for ever.',
  read: ['fork(2) EAGAIN', 'getrlimit(2) RLIMIT_NPROC', 'TLPI 36.3', 'UNP 4.7'],
  needs: ['concurrency', 'idle'],
  async run(judge) {
    if (ownerOf(judge.daemon).uid === 0) {
      throw new NotSeen(
        'the limit of processes does not bind root: run as another user, or with --user',
      )
    }
    await judge.clients.served('the first client')
    await under(judge, nproc, 1, 'at the limit of processes')
    return 'at the limit of processes the daemon process slept, and above it served again'
  },
}

/** A client comes while there is too little, and another when there is enough again. */
async function under(judge: Judge, limit: Limit, soft: number, what: string): Promise<void> {
  const before = softLimitOf(judge.daemon, limit.row)
  setSoftLimit(judge, limit, soft)
  await judge.clients.connect()
  if ((await judge.lull()) === 'busy') {
    throw new Failed(
      `${what} the daemon process ${judge.daemon} never slept: it tries again and again`,
    )
  }
  setSoftLimit(judge, limit, before)
  await judge.clients.served(`a client who came after one ${what}`)
}

function softLimitOf(pid: number, row: string): string {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8')
  const soft = new RegExp(`^${row} +(\\S+)`, 'm').exec(text)?.[1]
  if (soft === undefined) throw new NotSeen(`the limits of process ${pid} cannot be read`)
  return soft
}

/** Even root needs a privilege to limit another user's process; that user does not. */
function setSoftLimit({ daemon }: Judge, { name }: Limit, soft: number | string): void {
  try {
    const options = { stdio: 'pipe', ...ownerOf(daemon) } as const
    execFileSync('prlimit', [`--pid=${daemon}`, `--${name}=${soft}:`], options)
  } catch (error) {
    throw new NotSeen(`the limit cannot be set: ${(error as Error).message.replace(/\s+/g, ' ')}`)
  }
}

/** Also of a server that was root's and has given that up. */
function ownerOf(pid: number): { uid: number; gid: number } {
  const id = (field: string) => Number(fieldOf(pid, field)?.split(/\s+/)[0])
  const owner = { uid: id('Uid'), gid: id('Gid') }
  if (Number.isNaN(owner.uid + owner.gid)) throw new NotSeen(`process ${pid} is gone`)
  return owner
}
