// One fault: a server, clients, the fault, and what has become of them.
import { Client } from './client.mjs'
import { Crowd } from './crowd.mjs'
import { examine, lookAt } from './examine.mjs'
import { childrenOf } from './proc.mjs'
import { Server, temporaryFolder } from './server.mjs'
import { until } from './until.mjs'

/** Clients that come and go all the time. */
const crowdSize = 3

/** What a fault has in its hands. */
export class Torture {
  /** @type {Server} */
  server
  /** @type {Crowd} */
  crowd
  folder
  /** How many clients come at once where that is the fault. */
  clients

  constructor(server, clients) {
    this.server = server
    this.folder = server.folder
    this.clients = clients
    this.crowd = new Crowd(server.port, crowdSize)
  }

  /** A client who is connected and has been answered, and the process that serves it. */
  held = async () => {
    const client = new Client(this.server.port)
    client.send('!who\n')
    const pid = Number(await client.line('late'))
    if (!pid) throw new Error('a client could not be served before the fault')
    return { client, pid }
  }

  /** Several of them. */
  holdMany = count => {
    return Promise.all(Array.from({ length: count }, () => this.held()))
  }

  /** A held client asks once more and leaves: it counts among the others. */
  release = async ({ client }) => {
    const outcome = await client.ask('still there?')
    this.crowd.count(outcome === 'answered' ? await client.leave() : outcome)
    client.close()
    return outcome
  }

  /** Waits until so many more clients of the crowd have been answered. */
  goOn = async (count = 10) => {
    const target = this.crowd.answered + count
    await until(() => this.crowd.answered >= target, 'clients that are answered')
  }

  /** No client is about, and none is served. @template T @param {() => Promise<T>} action */
  quietly = action => {
    return this.crowd.without(async () => {
      await until(() => childrenOf(this.server.daemon).length === 0, 'no server process')
      return action()
    })
  }

  /** Another server takes the place of this one. */
  restart = async (options = {}) => {
    const { port, folder } = this.server
    this.server = await new Server({ ...options, port, folder }).listening()
  }
}

/**
 * @param {import('./faults.mjs').Fault} fault
 * @returns {Promise<import('./report.mjs').Result>}
 */
export async function torture(fault, { clients }) {
  const started = performance.now()
  const result = { fault: fault.name, outcome: 'sound', observed: '', clients: {}, problems: [] }
  const lacks = fault.missing?.()
  if (lacks) return { ...result, outcome: 'not run', problems: [lacks], seconds: 0 }
  const folder = temporaryFolder()
  let server
  let scene
  try {
    server = new Server({ folder, ...fault.options?.(folder, clients) })
    scene = new Torture(await server.listening(), clients)
    result.clients = scene.crowd.counts
    const before = await lookAt(server)
    scene.crowd.start()
    await scene.goOn()
    result.observed = await fault.inject(scene)
    await scene.goOn()
    await scene.crowd.stop()
    const { mayRefuse = false } = fault
    result.problems = await examine(scene.server, before, { counts: result.clients, mayRefuse })
    const end = await scene.server.stop()
    if (end) result.problems.push(end)
  } catch (error) {
    result.problems.push(error.message)
  } finally {
    scene?.crowd.stop()
    await fault.cleanUp?.(folder)
    server?.killAll()
  }
  if (result.problems.length > 0) result.outcome = 'not sound'
  return { ...result, seconds: (performance.now() - started) / 1000 }
}
