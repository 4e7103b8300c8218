// The spare process of the model prefork: forked before its client comes, it waits in accept, serves
// one client, or several one after the other, and exits.
import { hasExitListeners } from '../fork/exitPath.ts'
import { forkApart } from '../fork/fork.ts'
import { actAtOnceIf } from '../posix/actAtOnce.ts'
import { SA_RESTART } from '../posix/constants.ts'
import { close } from '../posix/descriptors.ts'
import { _exit, getpid, setParentDeathSignal } from '../posix/processes.ts'
import { sigaction } from '../posix/signals.ts'
import type { Pid } from '../posix/types.ts'
import { awaitClient, becomeIdle } from './awaitClient.ts'
import { enter } from './flowchart.ts'
import { rehearse, type Stage } from './rehearsal.ts'
import { takeResources } from './resources.ts'
import { type Seat, state } from './seat.ts'
import { fail, isPromise, serveClient } from './serveClient.ts'
import { type Client, hostOf, type Server } from './server.ts'
import { unsettled } from './serverProcess.ts'
import type { Spares } from './spares.ts'
import { waitingTitle } from './title.ts'

/** What a spare process knows of itself. */
export interface Spare {
  server: Server
  spares: Spares
  seat: Seat
  /** Of which settings it is. */
  generation: number
  /** How many clients it has yet to serve. */
  left: number
  /** The one that it serves. */
  client: Client | undefined
  /** What it does once, when nobody waits for it yet. */
  rehearse: (() => void) | undefined
}

/** SIGTERM has come: nobody is waited for any more. */
let isDismissed = false

/** fork, and what the child sheds before its first signal: the daemon's group and handlers. */
export function forkSpare(server: Server, seat: Seat): Pid | 0 {
  const daemon = getpid()
  return forkApart(waitingTitle, () => {
    const ends = server.settings.onDaemonDeath === 'terminate'
    // Whoever has been accepted is served: only where the daemon process says so it acts at once.
    actAtOnceIf('SIGTERM', seat.orders, ends ? daemon : 0)
    sigaction('SIGTERM', { handler: dismiss, flags: SA_RESTART })
    if (ends) setParentDeathSignal('SIGTERM')
  })
}

const dismiss = () => {
  isDismissed = true
}

/** Before the fork: a child that comes late must not take newer settings for its own. */
export function newSpare(server: Server, spares: Spares, stage: Stage | undefined): Spare {
  return {
    server,
    spares,
    seat: spares.scoreboard.take(),
    generation: spares.scoreboard.generation,
    left: server.settings.connectionsPerProcess,
    client: undefined,
    rehearse: stage && (() => rehearse(stage)),
  }
}

export function spareProcess(spare: Spare): 'server' {
  const { server, spares } = spare
  const tops = server.tops.all.map(({ fd }) => fd)
  for (const fd of server.daemonsOwn) if (!tops.includes(fd)) close(fd)
  for (const fd of spares.daemonsOwn) close(fd)
  server.live?.leave()
  try {
    if (server.resources) takeResources(server.resources)
  } catch (error) {
    server.report({ event: 'error', message: (error as Error).message })
    end(1)
  }
  serveClients(spare)
  return 'server'
}

// With an asynchronous handler it comes back before the client is served, and goes on in a later
// turn of the event loop.
function serveClients(spare: Spare): void {
  const { server } = spare
  for (;;) {
    const client = awaitClient(spare, isOver)
    if (!client) leave(spare)
    if (--spare.left === 0) {
      enter('server', 'close top socket')
      leaveTops(spare)
    }
    enter('server', 'serve')
    const status = serveClient(server, client)
    if (isPromise(status)) {
      serveInEventLoop(spare, client, status)
      return
    }
    enter('server', 'close accepted socket')
    close(client.fd)
    finish(spare, client, status)
  }
}

function leave({ seat }: Spare): never {
  seat.state = state.leaving
  return end(0)
}

const isOver = ({ spares, generation }: Spare): boolean =>
  isDismissed || spares.scoreboard.generation !== generation

// As soon as its last client has come: the port is not taken for as long as that one stays.
export function leaveTops({ server, spares }: Spare): void {
  server.tops.leave()
  server.reserve.giveUp()
  spares.leave()
}

function finish(spare: Spare, client: Client, status: number): void {
  const { server } = spare
  const { connectionsPerProcess } = server.settings
  if (connectionsPerProcess === 1 || server.hasFailed) end(status)
  // The status of the process will not be this one: nobody else will know.
  const ended = { kind: 'exited', code: status } as const
  if (status !== 0) server.admission.ended(hostOf(client), ended, performance.now())
  if (spare.left === 0) end(0)
  server.draining.forget()
  becomeIdle(spare)
}

function serveInEventLoop(spare: Spare, client: Client, status: Promise<number>): void {
  if (!spare.client) watchEventLoop(spare)
  spare.client = client
  status.then(code => {
    if (spare.server.hasFailed || spare.left === 0) finish(spare, client, code)
    // What the handler has begun in this turn comes to its end.
    setImmediate(() => {
      finish(spare, client, code)
      serveClients(spare)
    })
  })
}

function watchEventLoop(spare: Spare): void {
  const failNow = (error: unknown) => end(fail(spare.server, spare.client as Client, error))
  process.once('beforeExit', () => failNow(unsettled))
  process.on('uncaughtException', error => {
    // A listener of the program's own decides for itself.
    if (process.listenerCount('uncaughtException') === 1) failNow(error)
  })
}

function end(status: number): never {
  enter('server', 'exit')
  // Where the handler has set no listener, nothing but the system call has to be done.
  if (hasExitListeners()) process.exit(status)
  return _exit(status)
}
