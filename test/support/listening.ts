// Servers that listen on several addresses.
import { connectClient } from './client.ts'
import type { FixtureOptions } from './fixture.ts'
import { fixtureFile, type Program, startCommand, Talk } from './server.ts'

const pattern = /^truefork: listening on (.+) \(pid (\d+)\)$/

/** What the `listening` lines name, once there are so many of them. */
export async function listeners(server: Program, count: number): Promise<string[]> {
  const names: string[] = []
  while (names.length < count) {
    const [, name, pid] = await server.line(pattern, { from: server.stderr })
    names.push(name!)
    server.daemon = Number(pid)
  }
  return names
}

/** `truefork serve talk.mjs` on all these addresses, once it listens; where that is. */
export async function startListening(
  addresses: readonly string[],
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Promise<{ server: Program; where: string[] }> {
  const listen = addresses.flatMap(address => ['--listen', address])
  const command = ['serve', fixtureFile('talk.mjs'), '--allow-root', ...listen, ...args]
  const server = startCommand(command, options)
  return { server, where: await listeners(server, addresses.length) }
}

/** A client of an address as the `listening` line has it. */
export async function clientOf(address: string): Promise<Talk> {
  if (address.startsWith('unix:')) {
    return new Talk(await connectClient({ path: address.slice(5).replace('@', '\0') }))
  }
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address)!
  return new Talk(await connectClient({ host: host!, port: Number(port), allowHalfOpen: true }))
}
