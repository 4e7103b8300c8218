export const title = 'SIGKILL of 50 server processes at once'
export const mayRefuse = true

const count = 50

export async function inject({ server, holdMany, release }) {
  const victims = await holdMany(count)
  for (const { pid } of victims) process.kill(pid, 'SIGKILL')
  await server.logged('reaped', ({ signal }) => signal === 'SIGKILL', count)
  const outcomes = await Promise.all(victims.map(release))
  const ended = outcomes.filter(outcome => outcome !== 'answered').length
  return `${count} wait statuses SIGKILL; ${ended} clients saw the end`
}
