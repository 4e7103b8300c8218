// initialize daemon: signal handlers, session, standard descriptors, title, privileges.
import { keepThreadsVisible } from '../fork/checkFork.ts'
import { writeOutputAtOnce } from '../fork/output.ts'
import { O_RDWR } from '../posix/constants.ts'
import { close, dup2, open } from '../posix/descriptors.ts'
import { chdir, getpid, setproctitle, setsid, umask } from '../posix/processes.ts'
import { asFd } from '../posix/types.ts'
import { garbage } from './garbage.ts'
import { gatherPages } from './gatherPages.ts'
import { staysRoot, takePrivileges } from './privileges.ts'
import { processSignals } from './processSignals.ts'
import type { Server } from './server.ts'
import { daemonTitle } from './title.ts'

/** @returns a function that undoes what does not end with the process */
export function initializeDaemon(server: Server): () => void {
  const restore = processSignals(server)
  if (server.settings.daemon) leaveTerminal()
  writeOutputAtOnce()
  warnOfTimers(server)
  server.upkeep.add(daemonTitle(server))
  server.upkeep.add(garbage(server.children))
  if (!server.program && server.settings.model !== 'sequential')
    server.upkeep.add(gatherPages(server.children))
  return () => {
    server.upkeep.end()
    server.pidFile?.remove()
    server.notifier.close()
    setproctitle()
    restore()
  }
}

/** When all that needs them is done: the socket is bound, the files of the daemon are open. */
export function dropPrivileges(server: Server): void {
  const { privileges, settings } = server
  const { root, gid } = privileges
  if (root === undefined && gid === undefined) return
  // The sequential server forks nobody: no need to leave its handler a way out of the chroot.
  if (settings.model !== 'sequential') keepThreadsVisible()
  takePrivileges(privileges)
}

/** For people alone: who calls `serve` knows as whom. */
export function warn({ privileges, settings, program, log }: Server): void {
  const say = (message: string) =>
    log.write({ event: 'warning', message, time: new Date().toISOString(), pid: getpid() })
  if (!settings.allowRoot && staysRoot(privileges)) {
    say('root serves: name another user with --user, or say --allow-root')
  }
  const limit = program?.warning(settings)
  if (limit) say(limit)
}

function warnOfTimers(server: Server): void {
  if (!process.getActiveResourcesInfo().includes('Timeout')) return
  const message =
    'timers of the program do not fire while the server runs: its daemon process blocks'
  server.report({ event: 'error', message })
}

function leaveTerminal(): void {
  setsid()
  chdir('/')
  umask(0o022)
  const nowhere = open('/dev/null', O_RDWR)
  for (const standard of [0, 1, 2]) dup2(nowhere, asFd(standard))
  close(nowhere)
}
