import { statusNumber } from '../proc.mjs'
import { storm } from '../storm.mjs'

export const title = '1,000 SIGCHLD as fast as can be, of no child'

export async function inject({ server, quietly }) {
  return quietly(async () => {
    const woken = () => statusNumber(server.daemon, 'voluntary_ctxt_switches')
    const before = woken()
    const sent = await storm(server.daemon, 'SIGCHLD')
    return `${sent} sent, the daemon woken ${woken() - before} times`
  })
}
