export const title = 'a handler that takes memory until there is no more'
export const mayRefuse = true

export async function inject({ server, crowd, held }) {
  const { client, pid } = await held()
  crowd.count(await client.ask('!grow'))
  const [{ code, signal }] = await server.logged('reaped', ({ child }) => child === pid)
  return `its server process ended with ${signal ?? code}`
}
