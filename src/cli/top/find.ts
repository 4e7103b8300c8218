// Which server is meant.
import { readFileSync } from 'node:fs'
import { isSystemError, systemError } from '../../posix/errors.ts'
import { CommandError, exitStatus } from '../exitStatus.ts'
import { isDaemon } from './roles.ts'
import { type Key, keyOf } from './snapshot.ts'
import type { Identity, Process, System } from './system.ts'

/** As on the command line: at most one of the two. */
export interface Wanted {
  pid: string | undefined
  pidFile: string | undefined
}

/**
 * The process whose descendants are the server.
 *
 * @throws CommandError 64: no process id, or both, or several servers and none named; 1: there is no
 * such server; 71: the pid file cannot be read
 */
export function findServer(system: System, { pid, pidFile }: Wanted): Key {
  if (pid !== undefined && pidFile !== undefined) {
    throw new CommandError(
      exitStatus.usage,
      'PID and --pid-file name a server each: give one of them',
    )
  }
  if (pid !== undefined) return processOf(system, pidFrom(pid))
  if (pidFile !== undefined) return processOf(system, pidIn(pidFile), `${pidFile}: `)
  return onlyDaemon(system)
}

function pidFrom(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new CommandError(exitStatus.usage, `expected a process id, as 4711, got '${text}'`)
}

function pidIn(file: string): number {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (error.code === 'ENOENT') throw noServer(`${file}: no such file: the server does not run`)
    throw systemError(-error.errno, error.syscall, file)
  }
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw noServer(`${file} holds no process id: the server does not run, or is about to start`)
}

const noServer = (message: string) => new CommandError(exitStatus.no, message)

function processOf(system: System, pid: number, where = ''): Key {
  const process = system.processes().find(one => one.pid === pid)
  if (!process) throw noServer(`${where}there is no process ${pid}`)
  return keyOf(process)
}

function onlyDaemon(system: System): Key {
  const all = system.processes()
  const own = process.geteuid?.() ?? 0
  const daemons = daemonsOf(all, system.identities(all), own)
  const [daemon, ...more] = daemons
  if (!daemon) {
    const whose = own === 0 ? '' : ' of this user'
    throw noServer(`no truefork server${whose} runs here; of any other server give the PID`)
  }
  if (more.length === 0) return keyOf(daemon.process)
  const list = daemons.map(({ process, command }) => `\n  ${process.pid}  ${command}`)
  throw new CommandError(
    exitStatus.usage,
    `${daemons.length} truefork servers run here: say which, as truefork top PID${list.join('')}`,
  )
}

/**
 * The daemon processes that the user may look into; root may look into all. A daemon process below
 * another is its server process, just forked, or its successor.
 */
export function daemonsOf(
  all: readonly Process[],
  identities: ReadonlyMap<number, Identity>,
  user: number,
): { process: Process; command: string }[] {
  const daemon = (pid: number) => {
    const identity = identities.get(pid)
    return identity && isDaemon(identity.command) ? identity : undefined
  }
  return all.flatMap(process => {
    const identity = daemon(process.pid)
    const isMeant = identity && !daemon(process.ppid) && (user === 0 || identity.uid === user)
    return isMeant ? [{ process, command: identity.command }] : []
  })
}
