/**
 * A client has its server process do what it should not. The others do not notice.
 * @param {{ code?: number, signal?: string }} end the wait status that it must come to
 */
export async function misdeed({ server, crowd, held }, command, end) {
  const { client, pid } = await held()
  const outcome = crowd.count(await client.ask(`!${command}`))
  client.close()
  const [{ code, signal }] = await server.logged('reaped', ({ child }) => child === pid)
  if (code !== end.code || signal !== end.signal)
    throw new Error(`the server process ended with ${signal ?? code}`)
  return `wait status ${signal ?? code}; its client: ${outcome}`
}
