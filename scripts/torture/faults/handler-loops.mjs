import { stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'a handler that loops for ever'
export const mayRefuse = true

export async function inject({ server, crowd, held, goOn }) {
  const { client, pid } = await held()
  const answer = client.ask('!loop')
  const before = stat(pid).ticks
  await until(() => stat(pid).state === 'R' && stat(pid).ticks > before + 10, 'state R')
  await goOn(20)
  const { state, ticks } = stat(pid)
  process.kill(pid, 'SIGKILL')
  await server.logged('reaped', ({ child }) => child === pid)
  return `state ${state}, ${ticks - before} ticks, while 20 others were served; ${crowd.count(await answer)}`
}
