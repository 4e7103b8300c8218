import { describe, expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { nodeVersion } from '../support/node.ts'

const uses: [string, unknown][] = [
  ['import', 'imported'],
  ['require', 'required'],
  ['wasm', 42],
  ['optimized', expect.any(Number)],
  ['intl', '1.234,5'],
  ['vm', '2,4,6'],
  ['zlib', 'small'],
  ['streams', 'ab'],
  ['subtle', 'ba7816bf'],
  ['pbkdf2', expect.stringMatching(/^[0-9a-f]{16}$/)],
  ['storage', 'stored'],
  ['fetch', 'over http'],
  ['http', 'over http'],
  ['lookup', '127.0.0.1'],
  ['exec', 'executed'],
]

describe('a child that ends when its event loop has nothing left can use', () => {
  test.each(uses)('%s, as its parent has before', async (name, result) => {
    const { parent, child, status } = await askFixture('fork/tail/runtime', ['use', name])
    expect([child, status]).toEqual([result, 'exited 0'])
    expect(parent).toEqual(child)
  })

  test.each(uses)('%s, for the first time', async (name, result) => {
    const { child, status } = await askFixture('fork/tail/runtime', ['coldly', name])
    expect([child, status]).toEqual([result, 'exited 0'])
  })
})

test('a Worker: up to Node 24; from 25 on it is refused, since it may hang', async () => {
  const { status, answer } = await askFixture('fork/tail/runtime', ['worker'])
  expect(status).toBe('exited 0')
  if (nodeVersion < 25) expect(answer).toBe('hi')
  else expect(answer).toMatch(/^a Worker cannot be used in a forked process/)
})
