export const title = 'a handler that leaks descriptors'

export async function inject({ crowd, held, release }) {
  const victim = await held()
  victim.client.send('!leak\n')
  const line = await victim.client.line('nothing')
  if (!/^EMFILE/.test(line)) throw new Error(`the server process said ${line}`)
  const outcome = await release(victim)
  return `${line} in its server process, whose client is ${outcome}; ${crowd.answered} others too`
}
