import { execFileSync } from 'node:child_process'
import { ticksWhileIdle } from '../examine.mjs'

export const title = 'no process left (RLIMIT_NPROC)'
export const mayRefuse = true

// The limit does not bind root.
const isRoot = process.getuid() === 0
const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--clear-groups'] : []
export const options = () => ({ under: asNobody })

export async function inject({ server, goOn, quietly }) {
  const limit = count => {
    const [command, ...args] = [
      ...asNobody,
      'prlimit',
      `--pid=${server.daemon}`,
      `--nproc=${count}:`,
    ]
    execFileSync(command, args)
  }
  limit(1)
  const isEAGAIN = ({ reason, detail }) => reason === 'processes' && /EAGAIN/.test(detail)
  await server.logged('rejected', isEAGAIN)
  const ticks = await quietly(() => ticksWhileIdle(server.daemon))
  if (ticks > 1) throw new Error(`${ticks} ticks in an idle second without processes`)
  limit(4096)
  await goOn()
  const { refused } = await server.status()
  return `EAGAIN for ${refused.processes} clients; ${ticks} ticks in an idle second meanwhile`
}
