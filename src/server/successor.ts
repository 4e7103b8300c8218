// The process that takes a server over (hot upgrade). Both sides of it stand here: what the old
// daemon process passes on, and how the new one finds it.
//
//   old daemon   fork ── execve of node with the arguments of the start; it serves on
//   new daemon   loads code and configuration, finds the top sockets open, listens, says so
//   old daemon   closes its top sockets, and ends when its last server process has
import { environmentOfStart, launchOptions } from '../fork/launch.ts'
import { start } from '../fork/start.ts'
import { F_SETFD } from '../posix/constants.ts'
import { dup2, fcntl, write } from '../posix/descriptors.ts'
import { execve } from '../posix/execve.ts'
import { _exit, chdir, getpid } from '../posix/processes.ts'
import { asFd, type Fd, type Pid } from '../posix/types.ts'
import { enter } from './flowchart.ts'
import type { LiveLegacy } from './live/liveKeeper.ts'
import type { Server } from './server.ts'
import type { Top } from './topSockets.ts'

const variable = 'TRUEFORK_UPGRADE'

/** What a daemon process passes on. */
export interface Legacy {
  /** For whom: its own children must not take it for theirs. */
  heir: Pid
  /** Where the heir tells that it listens. */
  tells: Fd
  tops: readonly Top[]
  /** The descriptor that is the lock of the pid file. */
  lock?: Fd
  /** The live page, which goes on. */
  live?: LiveLegacy
}

/** What the heir writes once it listens; whatever else it writes before its end is an error. */
export const listens = '{"listening":true}\n'

/** In the child that becomes the new daemon process. */
export function becomeSuccessor(server: Server, tells: Fd): never {
  enter('successor')
  try {
    const { tops, pidFile, notifier, settings } = server
    const lock = pidFile && { lock: pidFile.fd }
    const live = server.live?.legacy
    const legacy: Legacy = {
      heir: getpid(),
      tells,
      tops: tops.all,
      ...lock,
      ...(live && { live }),
    }
    const kept = [tells, pidFile?.fd, ...tops.all.map(({ fd }) => fd)]
    for (const fd of kept) if (fd !== undefined) fcntl(fd, F_SETFD, 0)
    // In the background nobody would read why it did not start.
    if (settings.daemon) dup2(tells, asFd(2))
    chdir(start.directory)
    execve(process.execPath, [process.execPath, ...launchOptions(), ...start.script], {
      ...environmentOfStart(),
      ...notifier.environment,
      [variable]: JSON.stringify(legacy),
    })
  } catch (error) {
    write(tells, `${(error as Error).message}\n`)
    return _exit(71)
  }
}

/** In the new daemon process: what it has been passed, once. Undefined where it is none. */
export function takeLegacy(): Legacy | undefined {
  const text = process.env[variable]
  delete process.env[variable]
  if (text === undefined) return undefined
  const legacy = JSON.parse(text) as Legacy
  return legacy.heir === getpid() ? legacy : undefined
}
