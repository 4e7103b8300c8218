export const title = 'clients that reset while they are served'

const count = 50

export async function inject({ server, holdMany }) {
  const clients = await holdMany(count)
  for (const { client } of clients) client.reset()
  const pids = new Set(clients.map(({ pid }) => pid))
  const isReset = ({ child, code }) => pids.has(child) && code === 1
  await server.logged('reaped', isReset, count)
  const resets = server.log('error').filter(({ message }) => /ECONNRESET/.test(message))
  return `${count} server processes ended with 1, ${resets.length} of ECONNRESET`
}
