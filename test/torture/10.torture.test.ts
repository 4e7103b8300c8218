// npm run torture, quickly, and that it finds out what is not sound.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { examine } from '../../scripts/torture/examine.mjs'
import { faults } from '../../scripts/torture/faults.mjs'
import { kindsOfDescriptors } from '../../scripts/torture/proc.mjs'
import { startFixture } from '../support/fixture.ts'
import { startScript } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
/** A run on a machine with other things to do. */
const deadline = 120_000

async function torture(...args: string[]) {
  const program = startScript(join(root, 'scripts/torture.mjs'), args)
  const { code } = await program.ended(deadline)
  return { code, out: program.stdout.all, err: program.stderr.all.join('\n') }
}

test('two faults: each is observed, and the server is sound', { timeout: deadline }, async () => {
  const { code, out } = await torture('--only', 'child-killed', '--only', 'configuration-broken')
  expect(out.slice(0, 2)).toEqual([
    expect.stringMatching(/^sound +child-killed .*wait status SIGKILL; its client: ended; /),
    expect.stringMatching(/^sound +configuration-broken .*reload-failed: truefork\.toml/),
  ])
  const report = JSON.parse(out.at(-1)!)
  expect(report).toMatchObject({ node: process.version, sound: 2, notSound: 0, notRun: 0 })
  expect(report.results[0].clients).toMatchObject({ answered: expect.any(Number), ended: 1 })
  expect(report.results[1].clients).toEqual({ answered: expect.any(Number) })
  expect(code).toBe(0)
})

test.each([
  ['spins', /ticks of processor time/],
  ['leaks', /descriptors: \d+ before, \d+ after/],
  ['zombie', /1 zombies/],
  ['lies', /a client afterwards: wrong/],
])('a server that %s is found out', async (fault, problem) => {
  const server = startFixture('torture/unsound', [fault])
  const port = Number((await server.line(/\d+/))[0])
  const before = { descriptors: kindsOfDescriptors(server.pid) }
  const clients = { counts: { answered: 1 }, mayRefuse: false, patience: 500 }
  const problems = await examine({ daemon: server.pid, port }, before, clients)
  expect(problems.join('\n')).toMatch(problem)
})

test('so are clients that hang, or are refused where none may be', async () => {
  const server = startFixture('torture/unsound', ['none'])
  const daemon = { daemon: server.pid, port: Number((await server.line(/\d+/))[0]) }
  const before = { descriptors: kindsOfDescriptors(server.pid) }
  const counts = { answered: 9, hung: 1, reset: 2 }
  expect(await examine(daemon, before, { counts, mayRefuse: true })).toEqual(['clients: 1 hung'])
  const strictly = await examine(daemon, before, { counts, mayRefuse: false })
  expect(strictly).toEqual(['clients: 1 hung', 'clients: 2 reset'])
})

test.each([['--bad'], ['--only'], ['--only', 'nothing'], ['--clients', '0'], ['extra']])(
  'wrong usage, %s %s: 64 and a line',
  async (...args) => {
    const { code, out, err } = await torture(...args.filter(arg => arg !== undefined))
    expect(code).toBe(64)
    expect(err).toMatch(/^error: .+$/)
    expect(out).toEqual([])
  },
)

test('--list names every fault, and the manual tells of each', async () => {
  const { code, out } = await torture('--list')
  expect(code).toBe(0)
  expect(out.map(line => line.split(' ')[0])).toEqual(faults.map(({ name }) => name))
  expect(faults.length).toBeGreaterThanOrEqual(25)
  const manual = readFileSync(join(root, 'docs/operating.md'), 'utf8')
  const chapter = manual.slice(manual.indexOf('\n## Faults\n'))
  const missing = faults.filter(({ name }) => !chapter.includes(`\`${name}\``))
  expect(missing.map(({ name }) => name)).toEqual([])
})
