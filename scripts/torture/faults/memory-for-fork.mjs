import { hasStrace, injectErrors } from '../strace.mjs'

export const title = 'no memory for a process (ENOMEM of fork)'
export const mayRefuse = true
export const missing = hasStrace

export async function inject({ server, goOn }) {
  const injected = await injectErrors(server.daemon, ['clone', 'clone3'], 'ENOMEM', 5, () =>
    server.logged('rejected', ({ reason }) => reason === 'memory'),
  )
  await goOn()
  const { refused } = await server.status()
  return `${injected} forks failed with ENOMEM, ${refused.memory} clients refused`
}
