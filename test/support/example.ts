// The examples, served by the real command, and what must hold when they stop.
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { descriptors } from './proc.ts'
import { type Program, startServer } from './server.ts'
import { until } from './until.ts'

/** A file of examples/. */
export const exampleFile = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

/** A running example. */
export interface Example extends Program {
  /** What the daemon process had open before its first client. */
  openAtStart: Map<number, string>
}

/** `truefork serve FILE --log-level debug`: every end of a server process is logged. */
export async function startExample(file: string): Promise<Example> {
  const server = await startServer(file, ['--log-level', 'debug'])
  return Object.assign(server, { openAtStart: descriptors(server.daemon) })
}

const ordinary =
  /^truefork: (listening|accepted|forked|draining|stopped|served .* code=0$|reaped .* status="exited 0" )/

/**
 * With all clients gone: no child is left, no descriptor has been added, every server process
 * has ended with 0, and nothing was logged but that.
 */
export async function expectOrder(server: Example): Promise<void> {
  await until(() => server.children().length === 0)
  expect(descriptors(server.daemon)).toEqual(server.openAtStart)
  server.signal('SIGTERM')
  await expectOrderlyEnd(server)
}

/** The same of a server that has been told to stop. */
export async function expectOrderlyEnd(server: Example): Promise<void> {
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.stderr.all.filter(line => !ordinary.test(line))).toEqual([])
  const accepted = server.logged(/: accepted /).length
  expect(accepted).toBeGreaterThan(0)
  expect(server.logged(/: reaped /)).toHaveLength(accepted)
}
