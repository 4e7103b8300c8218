// How a server stops: it accepts no more, lets its server processes finish, asks those that do
// not to end, and ends those that will not.
import { alarm } from '../posix/processes.ts'
import type { Fd, Pid } from '../posix/types.ts'
import { Draining } from './draining.ts'
import type { Happening } from './events.ts'
import type { Server } from './server.ts'
import { load } from './title.ts'

/** Where a server is between its start and its end. Deadlines in ms of the monotonic clock. */
export type Phase =
  | { kind: 'serving' }
  /** Told to stop, it serves on while whoever sends it clients takes notice. */
  | { kind: 'leaving'; deadline: number }
  | { kind: 'draining'; deadline: number }
  | { kind: 'terminating'; deadline: number }
  | { kind: 'killing' }
  /** Another daemon process has taken over; there is no hurry. */
  | { kind: 'retiring' }

/** After SIGTERM, a server process has so long until SIGKILL. */
export const terminationMs = 5000

/** SIGTERM, SIGINT: the first time leave and drain, the second time wait no longer. */
export function stop(server: Server, signal: NodeJS.Signals): void {
  const { kind } = server.phase
  if (kind !== 'serving' && kind !== 'retiring') {
    terminate(server)
    return
  }
  const { grace, drainDelay, model } = server.settings
  // Who has been replaced accepts nobody any more: nobody need take notice.
  const delay = kind === 'serving' ? drainDelay : 0
  server.phase = { kind: 'leaving', deadline: performance.now() + delay * 1000 }
  tellServerProcesses(server)
  const draining: Happening = { event: 'draining', signal, children: server.children.size, grace }
  if (delay > 0) draining.delay = delay
  server.report(draining)
  server.notifier.stopping(load(server))
  if (delay === 0) drain(server)
  // A sequential server is inside its handler: only a signal can reach it there.
  if (model === 'sequential') alarm(Math.max(1, Math.ceil(delay + grace)))
}

function drain(server: Server): void {
  const { grace } = server.settings
  server.phase = { kind: 'draining', deadline: performance.now() + grace * 1000 }
  if (!server.tops.isOpen) return
  // Those that wait in an accept queue are served yet; it takes no more, or would never be empty.
  reportAll(server, server.tops.removeFiles())
  server.tops.refuseNewcomers()
  server.spares?.dismiss(server, 'emptying')
}

/** After an upgrade: no connection is cut off, however long it takes. */
export function retire(server: Server, successor: Pid): void {
  server.accepting = false
  server.phase = { kind: 'retiring' }
  server.tops.handOver()
  server.pidFile?.handOver()
  disown(server, server.pidFile ? [...server.tops.all, server.pidFile] : server.tops.all)
  server.notifier.handOver(successor)
  if (server.metrics) server.upkeep.drop(server.metrics)
  server.live?.leave()
  tellServerProcesses(server)
  server.spares?.dismiss(server, 'over')
}

function tellServerProcesses(server: Server): void {
  server.draining.begin()
  server.children.signalAll(Draining.signal)
}

/** SIGQUIT: wait for nobody. */
export function stopAtOnce(server: Server): void {
  if (server.phase.kind === 'serving') server.notifier.stopping('killing')
  server.accepting = false
  server.phase = { kind: 'killing' }
  server.children.signalAll('SIGKILL')
  server.hub?.kill()
  server.cutOff()
}

/** The next step, if its time has come. */
export function keepDeadline(server: Server): void {
  const { phase } = server
  if (!('deadline' in phase) || performance.now() < phase.deadline) return
  if (phase.kind === 'leaving') drain(server)
  else if (phase.kind === 'draining') terminate(server)
  else stopAtOnce(server)
}

function terminate(server: Server): void {
  if (server.phase.kind !== 'leaving' && server.phase.kind !== 'draining') return
  server.accepting = false
  server.phase = { kind: 'terminating', deadline: performance.now() + terminationMs }
  server.spares?.condemn(server)
  server.children.signalAll('SIGTERM')
  server.cutOff()
}

/** Milliseconds until something has to be done, -1 if nothing has. */
export function timeLeft(server: Server): number {
  let next = server.timeLimits.due
  if ('deadline' in server.phase) next = Math.min(next, server.phase.deadline)
  if ('deadline' in server.upgrade) next = Math.min(next, server.upgrade.deadline)
  const left = next < Number.POSITIVE_INFINITY ? msUntil(next) : -1
  return server.upkeep.earlier(left)
}

/** Of two times in ms, of which -1 is never. */
export const earlier = (one: number, other: number): number =>
  one < 0 ? other : other < 0 ? one : Math.min(one, other)

// poll(2) takes an int.
const longestWait = 2 ** 31 - 1

const msUntil = (time: number) =>
  Math.min(longestWait, Math.max(0, Math.ceil(time - performance.now())))

/**
 * Not for signal handlers: they can run inside accept, which would then go on with a descriptor
 * that is another's.
 */
export function closeTops(server: Server): void {
  if (isDeserted(server)) server.hub?.close()
  if (!server.tops.isOpen) return
  server.spares?.closeQueues(server)
  reportAll(server, server.tops.close())
  disown(server, server.tops.all)
}

// What is closed here, another client may get: a server process that is forked yet must leave it alone.
function disown(server: Server, closed: readonly { fd: Fd }[]): void {
  server.daemonsOwn = server.daemonsOwn.filter(own => !closed.some(({ fd }) => fd === own))
}

// That the file of a socket stays disturbs nobody: the next start replaces it.
function reportAll(server: Server, messages: string[]): void {
  for (const message of messages) server.report({ event: 'error', message })
}

/** True once nobody is served any more, nor will be. */
export const isFinished = (server: Server): boolean =>
  server.phase.kind !== 'serving' &&
  !server.tops.isOpen &&
  isDeserted(server) &&
  !server.hub?.isRunning

const isDeserted = ({ children, room }: Server): boolean =>
  children.size === 0 && (room?.isEmpty ?? true)
