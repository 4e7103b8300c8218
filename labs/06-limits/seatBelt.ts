// What keeps a mistake in this lab from taking the machine along. Leave this file as it is.
import { execFileSync } from 'node:child_process'
import {
  getpwnam,
  getresuid,
  getrlimit,
  RLIMIT_NPROC,
  setgid,
  setgroups,
  setrlimit,
  setuid,
} from 'truefork/posix'

const most = 200

/**
 * However this program and its children fork, together they come to 200 processes at most. Root is not
 * bound by that limit: the program gives up being root.
 */
export function fastenSeatBelt(): void {
  if (getresuid().real === 0) becomeNobody()
  const { soft, hard } = getrlimit(RLIMIT_NPROC)
  const limit = Math.min(processesOfUser() + most, soft, hard)
  setrlimit(RLIMIT_NPROC, { soft: limit, hard: limit })
}

/** What RLIMIT_NPROC counts: every process of this user, and on Linux every thread. */
export function processesOfUser(): number {
  const threads = process.platform === 'linux' ? ['-L'] : []
  const user = String(getresuid().real)
  // Without its heading, one line each. ps itself is one of them.
  const lines = execFileSync('ps', [...threads, '-U', user, '-o', 'pid='], { encoding: 'utf8' })
  return lines.trim().split('\n').length - 1
}

function becomeNobody(): void {
  const nobody = getpwnam('nobody')
  if (!nobody) throw new Error('there is no user nobody: run this as another user than root')
  setgroups([])
  setgid(nobody.gid)
  setuid(nobody.uid)
  console.log('root gave up its rights: RLIMIT_NPROC does not bind it. This is nobody from here on')
}
