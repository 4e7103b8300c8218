export const title = 'SIGKILL of the daemon process, and a new start'
export const mayRefuse = true

export async function inject(torture) {
  const clients = await torture.holdMany(10)
  torture.server.signal('SIGKILL')
  const end = await torture.server.exited
  const outcomes = await Promise.all(clients.map(torture.release))
  const served = outcomes.filter(outcome => outcome === 'answered').length
  if (end !== 'SIGKILL' || served < clients.length)
    throw new Error(
      `the daemon ended with ${end}, ${served} of ${clients.length} clients served on`,
    )
  await torture.restart()
  return `ended with ${end}; ${served} of ${served} clients served to their end; the port is free`
}
