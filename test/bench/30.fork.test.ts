import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BENCH_DEADLINE, runBench } from '../support/bench.ts'
import { temporaryFolder } from '../support/folder.ts'

test('bench:fork measures the fork by size of heap', { timeout: BENCH_DEADLINE }, async () => {
  const json = join(temporaryFolder(), 'fork.json')
  const args = ['--quick', '--forks', 8, '--rounds', 1, '--seconds', 0.2, '--json', json]
  const { code, out } = await runBench(args, { script: 'fork.mjs' })
  expect(code).toBe(0)
  // One round cannot tell whether a target is reached, and does not say so.
  expect(out).toMatch(/too few rounds to tell|not on a busy machine/)
  expect(out).toContain('Failed connections: none.')

  const { forks, clients } = JSON.parse(readFileSync(json, 'utf8'))
  expect(forks).toHaveLength(2)
  for (const { megabytes, heapMB, samples } of forks) {
    expect(heapMB).toBeGreaterThanOrEqual(megabytes)
    for (const kind of ['bare', 'truefork', 'bareLoop', 'trueforkLoop']) {
      expect(samples[kind]).toHaveLength(8)
      for (const { parentUs, childUs, wholeUs } of samples[kind]) {
        expect(parentUs).toBeGreaterThan(0)
        expect(childUs).toBeGreaterThan(0)
        expect(wholeUs).toBeGreaterThanOrEqual(parentUs)
      }
    }
  }
  expect(clients[0].kinds.map(({ kind }: { kind: string }) => kind)).toEqual([
    'sync',
    'asyncBlocking',
    'async',
  ])
})
