import { isThere, stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'a handler that leaves a program of its own behind'

export async function inject({ server, held, release, goOn }) {
  const parent = await held()
  parent.client.send('!spawn\n')
  const program = Number(await parent.client.line('nothing'))
  await until(() => isThere(program), 'the program')
  const outcome = await release(parent)
  await until(() => !isThere(parent.pid), 'the end of the server process')
  await goOn()
  const adopted = stat(program)?.parent
  if (adopted === undefined || adopted === server.daemon || adopted === parent.pid)
    throw new Error(`the program has the parent ${adopted}`)
  process.kill(program, 'SIGKILL')
  await until(() => stat(program)?.state !== 'S', 'the end of the program')
  return `program ${program} outlived its server process; its client: ${outcome}`
}
