export const title = 'SIGKILL of a server process'
export const mayRefuse = true

export async function inject({ server, held, release }) {
  const victim = await held()
  process.kill(victim.pid, 'SIGKILL')
  const [{ signal }] = await server.logged('reaped', ({ child }) => child === victim.pid)
  const outcome = await release(victim)
  return `wait status ${signal}; its client: ${outcome}`
}
