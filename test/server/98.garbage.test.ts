import { expect, test } from 'vitest'
import { startProgram } from '../support/server.ts'
import { patience, until } from '../support/until.ts'

const timeout = patience(60_000)

test('a daemon process collects old garbage before V8 would', { timeout }, async () => {
  const launch = ['--single-threaded', '--v8-pool-size=1', '--trace-gc']
  const server = await startProgram('garbage.mjs', [], { nodeArgs: launch }).listening()
  // V8 calls it testing when a program asks for a collection.
  const asked = () =>
    server.stdout.all.filter(line => line.includes(`[${server.daemon}:`) && /testing/.test(line))

  let left = 1100
  const crowd = Array.from({ length: 8 }, async () => {
    while (left-- > 0) {
      const client = await server.client()
      // The function that collects is for nobody else.
      expect(await client.finish()).toMatch(/^undefined \d+\n$/)
    }
  })
  await Promise.all(crowd)
  await until(() => asked()[0], { what: 'a collection that was asked for' })
  // What V8 has left to be swept, each child would have to sweep.
  expect(Number((await (await server.client()).finish()).split(' ')[1])).toBeLessThan(100)
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})
