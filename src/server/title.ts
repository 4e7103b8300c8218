// What ps(1) shows of the processes of a server: which role each has.
import { setproctitle } from '../posix/processes.ts'
import type { Server } from './server.ts'
import type { Chore } from './upkeep.ts'

/** How many server processes there are, of how many: `12 of 256`, `3 of 256, draining`. */
export function load(server: Server): string {
  const { kind } = server.phase
  const phase = kind === 'serving' ? '' : `, ${kind}`
  return `${server.children.size} of ${server.settings.maxChildren}${phase}`
}

/** The title of whoever serves that client. */
export const servingTitle = (client: string): string => `truefork: serving ${client}`

/** The title of the hub. */
export const hubTitle = 'truefork: hub'

/** The title of the process of the live page. */
export const liveTitle = 'truefork: live page'

/** The title of whoever waits for a client, with the model prefork. */
export const waitingTitle = 'truefork: waiting'

/** A daemon process without server processes has none to count. */
export function showDaemonTitle(server: Server): void {
  const count = server.settings.model === 'sequential' ? '' : ` ${load(server)}`
  setproctitle(`truefork: daemon${count}`)
}

/**
 * Keeps the title and the status line of the service manager current. The page that the title stands
 * in is copied once after each fork: to renew it for every client would cost each a page.
 */
export function daemonTitle(server: Server): Chore {
  let children = -1
  let limit = -1
  let phase = ''
  return {
    everyMs: 1000,
    isStale: () =>
      server.children.size !== children ||
      server.settings.maxChildren !== limit ||
      server.phase.kind !== phase,
    renew() {
      children = server.children.size
      limit = server.settings.maxChildren
      phase = server.phase.kind
      showDaemonTitle(server)
      server.notifier.status(load(server))
    },
  }
}
