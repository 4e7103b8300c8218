import { stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'SIGSTOP of a server process, and SIGCONT'

export async function inject({ held, release, goOn }) {
  const victim = await held()
  process.kill(victim.pid, 'SIGSTOP')
  await until(() => stat(victim.pid).state === 'T', 'state T')
  const answer = release(victim)
  await goOn(20)
  const { state } = stat(victim.pid)
  process.kill(victim.pid, 'SIGCONT')
  return `state ${state} while 20 others were served; then its client: ${await answer}`
}
