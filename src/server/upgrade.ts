// SIGUSR2: a new daemon process takes over the top sockets, with new code and configuration, and the
// old one retires. Until the new one says that it listens, nothing has changed: if it fails, the old
// one goes on.
import { ForkUnsafeError } from '../fork/checkFork.ts'
import { forkAndRepair } from '../fork/fork.ts'
import { POLLIN, WNOHANG } from '../posix/constants.ts'
import { close, type PollFd, pipe, read } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid, kill } from '../posix/processes.ts'
import { resetSignals } from '../posix/signals.ts'
import { describeStatus } from '../posix/status.ts'
import type { Fd, Pid } from '../posix/types.ts'
import { waitpid } from '../posix/wait.ts'
import type { Server } from './server.ts'
import { retire } from './stopping.ts'
import { becomeSuccessor, listens } from './successor.ts'

/** Where an upgrade stands. The deadline in ms of the monotonic clock. */
export type Upgrade =
  | { kind: 'none' }
  | { kind: 'asked' }
  | { kind: 'starting'; pid: Pid; hears: PollFd; heard: string; deadline: number }
  | { kind: 'done'; pid: Pid }

/** A new daemon process that has not said anything after so long will never. */
const startMs = 60_000

/** In the signal handler: no more than a note. The loop starts it, between two clients. */
export function askForUpgrade(server: Server): void {
  const reason = objection(server)
  if (reason === undefined) server.upgrade = { kind: 'asked' }
  else server.report({ event: 'upgrade-failed', reason })
}

function objection({ phase, upgrade, settings }: Server): string | undefined {
  if (upgrade.kind === 'asked' || upgrade.kind === 'starting') return 'one is under way already'
  if (phase.kind !== 'serving') return 'the server is stopping'
  if (settings.chroot !== undefined) return 'under chroot, neither node nor the code can be found'
  if (getpid() === 1) return 'process 1 cannot be replaced: with it, all others would end'
  return undefined
}

/** In the loop: the next step, if its time has come. */
export function stepUpgrade(server: Server): void {
  const { upgrade } = server
  if (upgrade.kind === 'asked') startUpgrade(server)
  if (upgrade.kind !== 'starting') return
  if (server.phase.kind !== 'serving') abandon(server, 'the server is stopping')
  else if (upgrade.hears.revents) hear(server, upgrade)
  else if (performance.now() > upgrade.deadline) {
    abandon(server, `the new daemon process did not listen within ${startMs / 1000} s`)
  }
}

function startUpgrade(server: Server): void {
  server.upgrade = { kind: 'none' }
  try {
    forkSuccessor(server, ...pipe())
  } catch (error) {
    if (!(error instanceof ForkUnsafeError) && !isSystemError(error)) throw error
    server.report({ event: 'upgrade-failed', reason: (error as Error).message })
  }
}

function forkSuccessor(server: Server, hears: Fd, tells: Fd): void {
  try {
    const pid = forkAndRepair(resetSignals)
    if (pid === 0) becomeSuccessor(server, tells)
    const deadline = performance.now() + startMs
    const watched = { fd: hears, events: POLLIN }
    server.upgrade = { kind: 'starting', pid, hears: watched, heard: '', deadline }
    server.report({ event: 'upgrading', child: pid })
  } catch (error) {
    close(hears)
    throw error
  } finally {
    close(tells)
  }
}

function hear(server: Server, upgrade: Upgrade & { kind: 'starting' }): void {
  const buffer = Buffer.alloc(4096)
  const length = read(upgrade.hears.fd, buffer)
  upgrade.hears.revents = 0
  upgrade.heard += buffer.toString('utf8', 0, length)
  if (upgrade.heard.endsWith(listens)) succeed(server, upgrade.pid, upgrade.hears.fd)
  else if (length === 0) abandon(server, 'the new daemon process ended before it listened')
}

function succeed(server: Server, pid: Pid, hears: Fd): void {
  close(hears)
  server.upgrade = { kind: 'done', pid }
  server.report({ event: 'upgraded', child: pid })
  retire(server, pid)
}

// Ends the new daemon process, which does not listen yet.
function abandon(server: Server, reason: string): void {
  const { upgrade } = server
  if (upgrade.kind !== 'starting') return
  const { pid, hears, heard } = upgrade
  close(hears.fd)
  kill(pid, 'SIGKILL')
  const status = waitpid(pid)?.status
  server.upgrade = { kind: 'none' }
  server.pidFile?.write() // the new one may have been about to say that it listens
  const end = status && status.kind === 'exited' ? ` (${describeStatus(status)})` : ''
  const said = heard.trim().replaceAll('\n', '; ')
  server.report({ event: 'upgrade-failed', reason: `${reason}${end}${said && `: ${said}`}` })
}

/** On SIGCHLD: the successor is a child, too, and no server process. */
export function collectSuccessor({ upgrade }: Server): void {
  if (upgrade.kind !== 'done') return
  try {
    waitpid(upgrade.pid, WNOHANG)
  } catch (error) {
    if (!isSystemError(error, 'ECHILD')) throw error
  }
}
