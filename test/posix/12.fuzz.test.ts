// npm run fuzz:bindings, quickly, and that it finds faults.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startScript } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
/** A run on a machine with other things to do. */
const deadline = 120_000

async function fuzz(args: (string | number)[], fault?: string) {
  const script = join(root, 'scripts/fuzz-bindings.mjs')
  const addon = join(root, 'test/fixtures/fuzz/addons.mjs')
  const other = fault === undefined ? [] : ['--addon', addon]
  const program = startScript(script, [...args, ...other], { env: { FAULT: fault } })
  const { code } = await program.ended(deadline)
  const [seed, ...lines] = program.stdout.all
  const faults = lines.filter(line => line.startsWith('fault: '))
  return { code, seed, faults, lines, report: JSON.parse(lines.at(-1)!) }
}

test('ten thousand calls: each is refused, or its answer is sane', {
  timeout: deadline,
}, async () => {
  const seed = Date.now() % 2 ** 32
  const { code, seed: told, faults, report } = await fuzz(['--seed', seed, '--calls', 10_000])
  expect({ code, told, faults }).toEqual({ code: 0, told: `seed ${seed}`, faults: [] })
  expect(report).toMatchObject({ node: process.version, seed, calls: 10_000 })
  // Every function is called with what it takes, and most with what they do not.
  const functions = Object.entries(report.functions as Record<string, Record<string, number>>)
  const never = functions.filter(([, { done, errno }]) => !done && !errno).map(([name]) => name)
  expect(never.sort()).toEqual(['onEnd', 'watchSignals']) // which the worker itself has called
  expect(functions.filter(([, { refused }]) => refused).length).toBeGreaterThan(45)
})

test('the same seed makes the same calls, of which one can be made alone', {
  timeout: deadline,
}, async () => {
  const args = ['--seed', 7, '--calls', 1000]
  const [first, second] = [await fuzz(args, 'crash'), await fuzz(args, 'crash')]
  expect(first.faults.length).toBeGreaterThan(0)
  expect(second.faults).toEqual(first.faults)
  const [fault, number] = /^fault: call (\d+): listen\(.*SIG(ABRT|SEGV|ILL|TRAP)/.exec(
    first.faults[0]!,
  )!
  const again = await fuzz(['--seed', 7, '--from', number!, '--calls', 1], 'crash')
  expect(again.faults).toEqual([expect.stringContaining(fault)])
})

test.each([
  ['crashApart', 20_000, /setgid\(.*a child was ended by signal \d+/],
  ['exit', 500, /getpid\(.*the process was ended by exit status 3/],
  ['nonsense', 500, /getppid\(.*it answers NaN/],
  ['unknown', 500, /getppid\(.*it answers -4000, which is no errno/],
  ['vague', 500, /getppid\(.*it throws Error: no/],
  ['leaky', 1000, /of the last 500 calls one has left open: \d+ pipe:/],
])('a native part that is faulty: %s', { timeout: deadline }, async (fault, calls, message) => {
  const { code, faults } = await fuzz(['--seed', 7, '--calls', calls], fault)
  expect(code).toBe(1)
  expect(faults[0]).toMatch(message)
})

test.each([
  ['more', 'reboot is exported by the addon, and signatures.mjs does not have it'],
  ['less', 'getppid stands in signatures.mjs, and the addon does not export it'],
])('functions are those of the addon: one %s', async (fault, message) => {
  const { code, faults } = await fuzz(['--calls', 100], fault)
  expect({ code, faults }).toEqual({ code: 1, faults: [`fault: ${message}`] })
})

test('a number that is none is wrong usage', async () => {
  const program = startScript(join(root, 'scripts/fuzz-bindings.mjs'), ['--calls', 'many'])
  expect((await program.ended()).code).toBe(64)
  expect(program.stderr.all).toEqual(['truefork: --calls: a whole number, 0 or more; not many'])
})
