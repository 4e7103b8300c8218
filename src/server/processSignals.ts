// The process signals: the box of the flowchart that is connected to no other. The daemon process
// sets these handlers when it is initialized; they run between two steps of its loop.
import { SA_NOCLDSTOP, SA_RESTART, SIG_SETMASK, SIG_UNBLOCK } from '../posix/constants.ts'
import { alarm } from '../posix/processes.ts'
import { sigprocmask } from '../posix/signalMask.ts'
import { isSignal, type Signal } from '../posix/signalNames.ts'
import { type Disposition, sigaction } from '../posix/signals.ts'
import { applicable, changes, settingsFrom } from './configuration.ts'
import type { Happening } from './events.ts'
import { checkOptionsFor } from './programOptions.ts'
import type { Server } from './server.ts'
import { stop, stopAtOnce } from './stopping.ts'
import { load } from './title.ts'
import { tryResources } from './trial.ts'
import { askForUpgrade, collectSuccessor } from './upgrade.ts'

/**
 * Sets the handlers of the daemon process.
 *
 * @returns a function that puts the old dispositions back
 */
export function processSignals(server: Server): () => void {
  const handlers: Record<string, () => void> = {
    SIGCHLD: () => collectChildren(server),
    SIGHUP: () => reload(server),
    SIGTERM: () => stop(server, 'SIGTERM'),
    SIGINT: () => stop(server, 'SIGINT'),
    SIGQUIT: () => stopAtOnce(server),
    SIGUSR1: () => showStatus(server),
    SIGINFO: () => showStatus(server),
    SIGUSR2: () => askForUpgrade(server),
  }
  if (server.settings.model === 'sequential') handlers.SIGALRM = () => stop(server, 'SIGALRM')
  const old: [Signal, Disposition][] = []
  for (const [name, handler] of Object.entries(handlers)) {
    if (!isSignal(name)) continue
    old.push([name, sigaction(name, { handler, flags: SA_RESTART | SA_NOCLDSTOP })])
  }
  // Whoever started it may have blocked some; and Node does, SIGUSR1, where it must not use it.
  const mask = sigprocmask(
    SIG_UNBLOCK,
    old.map(([signal]) => signal),
  )
  return () => {
    alarm(0)
    sigprocmask(SIG_SETMASK, mask)
    for (const [name, disposition] of old) sigaction(name, disposition)
  }
}

/** Obtains the status of every child that has ended: what it returned to its parent. */
function collectChildren(server: Server): void {
  collectSuccessor(server)
  server.hub?.collect()
  server.live?.collect()
  const ended = server.children.collect()
  for (const child of ended) if (child.seat) server.spares?.vacate(server, child, child.seat)
  // All of them first: whoever is told of one may let a signal in that has the others counted anew.
  const now = performance.now()
  const penalties = ended.map(({ host, status }) => server.admission.ended(host, status, now))
  for (const { limit } of ended) if (limit) server.timeLimits.release(limit)
  for (const [index, { pid, client, status, limit }] of ended.entries()) {
    const children = server.children.size
    const reaped: Happening =
      client === ''
        ? { event: 'reaped', child: pid, status, children }
        : { event: 'reaped', child: pid, client, status, children }
    const penalty = penalties[index]
    if (penalty) reaped.penalty = penalty
    if (limit?.expiry) reaped.reason = limit.expiry
    server.report(reaped)
  }
}

/** Rereads the configuration, all or nothing. Connections that are being served keep the old one. */
function reload(server: Server): void {
  const file = server.given.config
  if (file === undefined) {
    server.report({
      event: 'reload-failed',
      reason: 'the server was started without a configuration file',
    })
    return
  }
  server.notifier.reloading()
  try {
    const settings = settingsFrom(server.given)
    checkOptionsFor(server.handler, server.given, settings)
    const { reload: changed, start: needsUpgrade } = changes(server.settings, settings)
    if (changed.includes('limit') || changed.includes('nice'))
      tryResources(server, settings, 'reload')
    server.spares?.check(settings)
    server.apply(applicable(server.settings, settings))
    server.report({ event: 'reloaded', file, changed, needsUpgrade })
    server.notifier.ready(load(server))
  } catch (error) {
    const reason = (error as Error).message
    server.report({ event: 'reload-failed', file, reason })
    server.notifier.ready(`the configuration was not reread: ${reason}`)
  }
}

function showStatus(server: Server): void {
  try {
    const file = server.log.reopen()
    if (file !== undefined) server.report({ event: 'reopened', file })
  } catch (error) {
    server.report({ event: 'error', message: (error as Error).message })
  }
  server.report({ event: 'status', ...server.status })
}
