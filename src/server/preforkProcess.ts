// The daemon process of the model prefork: initialize daemon, listen, then for ever see that server
// processes wait for clients. It accepts nobody: they do.
import { ForkUnsafeError } from '../fork/checkFork.ts'
import { useLargePages } from '../fork/largePages.ts'
import { close, type PollFd, poll } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import type { Pid } from '../posix/types.ts'
import { pollOrSignal } from '../posix/waitForAny.ts'
import { admit, announce } from './admit.ts'
import { begin as beginDaemon, pauseMs, type Role } from './daemonProcess.ts'
import { enter } from './flowchart.ts'
import { prepareStage, type Stage } from './rehearsal.ts'
import type { Client, Server } from './server.ts'
import { backOff, shortageOf } from './shortage.ts'
import { forkSpare, newSpare, type Spare, spareProcess } from './spareProcess.ts'
import { hasRoom, Spares } from './spares.ts'
import { closeTops, earlier, isFinished, keepDeadline, timeLeft } from './stopping.ts'
import { takeClient } from './takeClient.ts'
import { stepUpgrade } from './upgrade.ts'
import type { WaitingRoom } from './waitingRoom.ts'

export function preforkProcess(server: Server, onListening: () => void): Role {
  const spares = new Spares(server.settings)
  const stage = prepareStage(server)
  server.warmUpHandler?.(server)
  useLargePages()
  const finish = begin(server, spares, onListening)
  const spare = awaitAndFork(server, spares, stage)
  return spare ? spareProcess(spare) : finish()
}

/**
 * Goes round for the life of the daemon process.
 *
 * @returns in each spare process, what it is; in the daemon process, undefined at its end
 */
function awaitAndFork(server: Server, spares: Spares, stage?: Stage): Spare | undefined {
  for (;;) {
    if (!isOneMissing(server, spares)) return undefined

    enter('daemon', 'fork')
    const spare = newSpare(server, spares, stage)
    if (forkFor(server, spare) === 0) return spare
  }
}

function begin(server: Server, spares: Spares, onListening: () => void): () => Role {
  server.spares = spares
  try {
    const finish = beginDaemon(server, onListening)
    return () => {
      spares.close()
      return finish()
    }
  } catch (error) {
    spares.close()
    throw error
  }
}

/**
 * Waits until another server process is to be forked. Signals are handled while it waits, and
 * deadlines kept.
 *
 * @returns false once the server has stopped
 */
function isOneMissing(server: Server, spares: Spares): boolean {
  // Its children accept. It waits where the daemon process of the text does, for them.
  enter('daemon', 'accept')
  // Where one is missing all the time, it does not wait; but it looks at what it would wait for.
  let longest = 0
  for (;;) {
    wait(server, spares, longest)
    keepDeadline(server)
    stepUpgrade(server)
    server.log.sumUpIfDue()
    if (!server.accepting) closeTops(server)
    if (isFinished(server)) return false
    server.upkeep.keep()
    spares.listen(server)
    server.timeLimits.keep(server.children)
    spares.endSurplus(server)
    const paused = Math.ceil(server.pausedUntil - performance.now())
    const isMissing = spares.isMissing(server) || isClientLeft(server, spares)
    if (isMissing && paused <= 0) return true
    longest = isMissing ? paused : -1
  }
}

/** How soon to look again whether spare processes have emptied the accept queue. */
const emptyingMs = 5

// Stopping: those that wait in the accept queue are served yet, also where no child is left for them.
function isClientLeft(server: Server, spares: Spares): boolean {
  if (server.phase.kind !== 'draining' || !server.accepting) return false
  // A signal tells nothing of the queue: taken for an empty one, it would cut off who waits there.
  let ready = pollOrSignal(server.tops.listening, 0)
  while (ready === 'signal') ready = pollOrSignal(server.tops.listening, 0)
  if (ready > 0) return spares.ready === 0 && hasRoom(server)
  server.accepting = false
  return false
}

// One wait for everything: calls of the spare processes, signals, the time of the next deadline.
function wait(server: Server, spares: Spares, longest: number): void {
  const isEmptying = server.phase.kind === 'draining' && server.accepting && spares.ready > 0
  const isClosing = server.phase.kind === 'draining' && !server.accepting && server.tops.isOpen
  const left = [timeLeft(server), server.log.timeLeft(), spares.timeLeft(), longest]
  const timeout = isClosing ? 0 : [...left, isEmptying ? emptyingMs : -1].reduce(earlier)
  const tops = isFull(server, spares) ? server.tops.listening : []
  const hears = server.upgrade.kind === 'starting' ? [server.upgrade.hears] : []
  if (!isReady([spares.bell.heard, ...hears, ...tops], timeout)) return
  // A client has just gone: another one may be served.
  if (tops.some(top => top.revents) && isFull(server, spares)) sendAway(server)
}

// With `overload = "refuse"`: nobody is idle, and nobody is to be forked.
const isFull = (server: Server, spares: Spares): boolean =>
  server.settings.overload === 'refuse' &&
  server.accepting &&
  !hasRoom(server) &&
  spares.ready === 0

function sendAway(server: Server): void {
  const sender = takeClient(server)
  const client = sender && server.room ? lookAt(server, server.room, sender) : sender
  if (!client) return
  admit(server, client)
  close(client.fd)
}

// Who it is shall stand in the log, if it is known yet.
function lookAt(server: Server, room: WaitingRoom, sender: Client): Client | undefined {
  const client = room.glance(server, sender)
  if (client) announce(server, client)
  return client
}

function isReady(watched: readonly PollFd[], timeout: number): boolean {
  try {
    return poll(watched, timeout) > 0
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return false
    throw error
  }
}

// A client who waits has more time than the one who is asked at once after a fork that has failed.
function forkFor(server: Server, { spares, seat }: Spare): Pid | 0 | undefined {
  const limit = server.timeLimits.begin(server.settings, seat)
  server.limit = limit
  try {
    const pid = forkSpare(server, seat)
    if (pid === 0) return 0
    server.children.add(pid, '', undefined, limit, seat)
    server.report({ event: 'forked', child: pid, children: server.children.size })
    spares.hasFailed = false
    return pid
  } catch (error) {
    seat.leave()
    if (limit) server.timeLimits.release(limit)
    if (!(error instanceof ForkUnsafeError) && !shortageOf(error)) throw error
    if (!spares.hasFailed) server.report({ event: 'error', message: (error as Error).message })
    spares.hasFailed = true
    backOff(server, pauseMs)
    return undefined
  }
}
