// A server that a service manager starts: see test/fixtures/server/manager.py.
import type { FixtureOptions } from './fixture.ts'
import { fixtureFile, type Program, startCommand } from './server.ts'

/** `truefork serve talk.mjs` with the sockets passed to it. */
export function startPassed(
  sockets: readonly string[],
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Program {
  const under = ['python3', fixtureFile('manager.py'), ...sockets, '--']
  const command = ['serve', fixtureFile('talk.mjs'), ...args]
  return startCommand(command, { ...options, under: [...under, ...(options.under ?? [])] })
}

/** The status with which the server has ended. */
export async function statusOf(manager: Program): Promise<number> {
  const [, status] = await manager.line(/^ended (-?\d+)$/)
  return Number(status)
}
