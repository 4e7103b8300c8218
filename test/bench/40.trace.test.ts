import { expect, test } from 'vitest'
import { BENCH_DEADLINE, runBench } from '../support/bench.ts'

test('bench:trace measures with and without, and as if there were no traces', {
  timeout: BENCH_DEADLINE,
}, async () => {
  const args = ['--rounds', 1, '--seconds', 0.2]
  const { code, out } = await runBench(args, { script: 'trace.mjs' })
  expect(code).toBe(0)
  for (const name of ['if traces did not exist', 'without', 'with --trace', 'with --live'])
    expect(out).toMatch(new RegExp(`^${name}.*: \\d+ µs a connection.* \\d+ connections/s`, 'm'))
  const [, lines] = /a connection writes ([\d.]+) lines/.exec(out)!
  expect(Number(lines)).toBeGreaterThan(10)
})

test('wrong usage is an error in one line', async () => {
  const { code, err } = await runBench(['--rounds', 'x'], { script: 'trace.mjs' })
  expect(code).toBe(64)
  expect(err).toMatch(
    /^bench:trace: .*expected a whole number from 1 to 999; see npm run bench:trace -- --help$/,
  )
  expect((await runBench(['--help'], { script: 'trace.mjs' })).code).toBe(0)
})
