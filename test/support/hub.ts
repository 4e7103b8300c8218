// Servers with a hub, and clients that have their server processes use it: test/fixtures/server/hub.mjs.

import { titleOf } from './prefork.ts'
import { childrenNow, type Program, startServer, type Talk } from './server.ts'
import { until } from './until.ts'

export const startHub = (
  args: readonly (string | number)[] = [],
  handler = 'hub.mjs',
): Promise<Program> => startServer(handler, ['--hub', ...args])

/** The hub of a daemon process; undefined while there is none. */
export const hubOf = (daemon: number): number | undefined =>
  childrenNow(daemon).find(pid => titleOf(pid) === 'truefork: hub')

export const untilHub = (daemon: number): Promise<number> => until(() => hubOf(daemon))

/** The server processes, without the hub. */
export const serversOf = (server: Program): number[] =>
  server.children().filter(pid => titleOf(pid) !== 'truefork: hub')

export interface Event {
  kind: string
  topic?: string
  message?: unknown
  [key: string]: unknown
}

/** A client of that handler. */
export class HubClient {
  readonly talk: Talk
  readonly #events: Event[] = []

  constructor(talk: Talk) {
    this.talk = talk
  }

  /** Has something done, and waits for what it answers. */
  async ask(line: string): Promise<unknown> {
    this.talk.send(line)
    for (;;) {
      const { mark, value } = await this.#line()
      if (mark === '=') return value
      this.#events.push(value as Event)
    }
  }

  /** The next event that the server process has had. */
  async event(): Promise<Event> {
    const known = this.#events.shift()
    if (known) return known
    const { mark, value } = await this.#line()
    if (mark !== '!') throw new Error(`expected an event, got ${JSON.stringify(value)}`)
    return value as Event
  }

  /** Its server process. */
  async server(): Promise<number> {
    return Number(String(await this.ask('who')).split(' ')[0])
  }

  async #line() {
    const line = await this.talk.line()
    return { mark: line[0], value: JSON.parse(line.slice(2)) }
  }
}

export const hubClient = async (server: Program): Promise<HubClient> =>
  new HubClient(await server.client())

/** Clients that have claimed these names, and have subscribed to `room`, in this order. */
export async function inRoom(server: Program, ...names: string[]): Promise<HubClient[]> {
  const clients: HubClient[] = []
  for (const name of names) {
    const client = await hubClient(server)
    await client.ask(`claim ${name}`)
    await client.ask('subscribe room')
    for (const other of clients) await other.event()
    clients.push(client)
  }
  return clients
}
