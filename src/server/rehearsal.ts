// The rehearsal: the daemon process of the model prefork, and each server process before it waits,
// serves clients that there are not, on a stage, with a handler of its own. What is compiled then,
// and which pages are copied, no client waits for. Nothing of it is counted or logged.
import { rehearseChild } from '../fork/forkOnce.ts'
import type { Accepted } from '../posix/acceptNext.ts'
import { AF_UNIX, POLLIN, SHUT_WR, SOCK_STREAM } from '../posix/constants.ts'
import { close, pipe, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { shutdown, socketpair } from '../posix/sockets.ts'
import { asFd } from '../posix/types.ts'
import { receive } from './awaitClient.ts'
import { play } from './flowchart.ts'
import { call } from './scoreboard.ts'
import { isPromise, serveClient } from './serveClient.ts'
import { clientName, type Handler, Server } from './server.ts'
import { leaveTops, newSpare, type Spare } from './spareProcess.ts'
import { Spares } from './spares.ts'
import { addressLike, exitInVain } from './warmUp.ts'

/** As a spare process has it, but of no server that anybody could reach. */
export type Stage = Spare

/** How often, in the daemon process: so V8 has compiled what it calls. */
const times = 20

/**
 * Where each server process serves many: so V8 has optimized it, too. Each child would do it for itself
 * otherwise, and end when it has. It takes 0.1 s.
 */
const timesForMany = 2000

const echo: Handler = connection => {
  for (const chunk of connection) connection.write(chunk)
}

const address = { family: 'IPv4', host: '127.0.0.1', port: 65535 } as const

/** @returns undefined if there are no descriptors for it: then clients wait a little longer */
export function prepareStage(server: Server): Stage | undefined {
  const end = play()
  try {
    const stage = stageOf(server)
    const { spares } = stage
    rehearseChild(times)
    exitInVain()
    const isForMany = server.settings.connectionsPerProcess > 1
    for (let left = isForMany ? timesForMany : times; left > 0; left--) {
      spares.scoreboard.listenFor(call.tooFew, true)
      serveOne(stage)
    }
    // From now on it has no descriptors, and nobody is called.
    spares.scoreboard.listenFor(call.tooFew, false)
    spares.scoreboard.listenFor(call.timed, false)
    leaveTops(stage)
    for (const fd of spares.daemonsOwn) close(fd)
    return stage
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  } finally {
    end()
  }
}

/** In a server process, once. */
export function rehearse(stage: Stage): void {
  const end = play()
  try {
    serveOne(stage)
  } catch (error) {
    if (!isSystemError(error)) throw error
  } finally {
    end()
  }
}

function stageOf({ settings, privileges }: Server): Stage {
  const [fd, unused] = pipe()
  close(unused)
  const server = new Server({
    given: {},
    settings: Object.assign({}, settings, nobodyElse),
    privileges,
    handler: echo,
    addresses: [],
    passed: [{ fd, events: POLLIN, address, origin: 'passed' }],
    legacy: undefined,
  })
  server.isPlaying = true
  return newSpare(server, new Spares(settings), undefined)
}

const nobodyElse = {
  logFile: undefined,
  pidFile: undefined,
  metrics: undefined,
  access: [],
  maxRate: undefined,
}

function serveOne(stage: Stage): void {
  const { server, seat } = stage
  const [ours, fd] = socketpair(AF_UNIX, SOCK_STREAM)
  write(ours, 'x')
  shutdown(ours, SHUT_WR)
  const from = addressLike<Accepted>({ top: 0, ...address })
  const client = { fd: asFd(fd), address: from, name: clientName(from, address) }
  // As the spare process asks of each answer.
  if (receive(stage, client)) isPromise(serveClient(server, client))
  close(client.fd)
  close(ours)
  server.draining.forget()
  seat.rest()
}
