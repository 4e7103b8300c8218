import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'

async function youngSpace(...nodeArgs: string[]): Promise<number> {
  const server = await startServer('young.mjs', [], { nodeArgs })
  return Number(await (await server.client()).finish())
}

// Two halves, of which one is in use.
test('the space for young objects, which every fork copies, stays small', async () => {
  expect(await youngSpace()).toBeLessThanOrEqual(2)
})

test('who starts node with another size has it', async () => {
  expect(await youngSpace('--max-semi-space-size=8')).toBeGreaterThan(4)
  expect(await youngSpace('--max_semi_space_size=8')).toBeGreaterThan(4)
})
