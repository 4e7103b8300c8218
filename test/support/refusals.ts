// Clients who may be refused.
import type { Program } from './server.ts'
import { until } from './until.ts'

/** Whether a client who comes now is served, from this address of the machine. It leaves again. */
export async function isServed(server: Program, from?: string, host?: string): Promise<boolean> {
  const client = await server.client(host, from)
  client.send('hello')
  const said = await client.finish()
  if (said === 'hello\n') return true
  if (said !== '') throw new Error(`the server says ${JSON.stringify(said)}`)
  return false
}

/** Tries again and again until a client from there is served. */
export const untilServed = (server: Program, from?: string) => until(() => isServed(server, from))

/** Tries again and again until a client from there is refused. */
export const untilRefused = (server: Program, from?: string) =>
  until(async () => !(await isServed(server, from)))

/** The rejected by reason, as a status line tells it now: `access: 1`. */
export async function refusedBy(server: Program): Promise<string | undefined> {
  const count = server.logged(/^truefork: status /).length
  server.signal('SIGUSR1')
  const line = await server.log(/^truefork: status /, count + 1)
  return /refused=(?:"(.*?)"|none)/.exec(line)?.[1]
}
