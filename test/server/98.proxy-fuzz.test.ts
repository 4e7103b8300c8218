// npm run fuzz:proxy, quickly, and that it finds faults.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FixtureOptions } from '../support/fixture.ts'
import { startScript } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
/** A run on a machine with other things to do. */
const deadline = 120_000

async function fuzz(args: (string | number)[], options?: FixtureOptions) {
  const program = startScript(join(root, 'scripts/fuzz-proxy.mjs'), args, options)
  const { code } = await program.ended(deadline)
  const [seed, ...lines] = program.stdout.all
  return { code, seed, faults: lines.slice(0, -1), report: JSON.parse(lines.at(-1)!) }
}

test('ten thousand headers, and some over sockets: none is misunderstood', {
  timeout: deadline,
}, async () => {
  const seed = Date.now() % 2 ** 32
  const run = await fuzz(['--seed', seed, '--headers', 10_000, '--connections', 100])
  expect(run).toMatchObject({ code: 0, seed: `seed ${seed}`, faults: [] })
  const { headers, connections } = run.report
  for (const kind of ['proxied', 'unknown', 'local', 'incomplete', 'malformed'])
    expect(headers[kind]).toBeGreaterThan(100)
  for (const outcome of ['served', 'refused', 'untrusted'])
    expect(connections[outcome]).toBeGreaterThan(5)
})

test('the same seed makes the same headers', { timeout: deadline }, async () => {
  const runs = [1, 2].map(() => fuzz(['--seed', 7, '--headers', 1000, '--connections', 0]))
  const [one, other] = await Promise.all(runs)
  expect(one).toEqual(other)
})

test.each(['swapped', 'greedy', 'lenient', 'hasty', 'crash'])(
  'a parser that is %s',
  {
    timeout: deadline,
  },
  async fault => {
    const parser = join(root, 'test/fixtures/fuzz/unsound.mjs')
    const args = ['--parser', parser, '--headers', 5000, '--connections', 0]
    const run = await fuzz(args, { env: { FAULT: fault } })
    expect(run.code).toBe(1)
    expect(run.faults.length).toBeGreaterThan(0)
  },
)
