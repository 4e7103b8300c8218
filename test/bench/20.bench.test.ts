import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BENCH_DEADLINE, runBench, startBench } from '../support/bench.ts'
import { temporaryFolder } from '../support/folder.ts'
import { childrenOf } from '../support/proc.ts'
import { until } from '../support/until.ts'

const spread = {
  median: expect.any(Number),
  min: expect.any(Number),
  max: expect.any(Number),
  mad: expect.any(Number),
}

test('a quick run measures truefork beside the C fork loop', {
  timeout: BENCH_DEADLINE,
}, async () => {
  const folder = temporaryFolder()
  const [json, svg] = [join(folder, 'bench.json'), join(folder, 'bench.svg')]
  const extent = ['--quick', '--seconds', 0.3, '--rounds', 1]
  const { code, out } = await runBench([
    ...extent,
    '--only',
    'c-fork,truefork',
    '--json',
    json,
    '--svg',
    svg,
  ])
  expect(code).toBe(0)
  expect(out).toContain('## Throughput')
  expect(out).toContain('## Failed connections\n\nNone')

  const report = JSON.parse(readFileSync(json, 'utf8'))
  expect(report.machine).toMatchObject({ cpu: expect.any(String), cores: expect.any(Number) })
  expect(report.nodes).toEqual([{ path: process.execPath, version: process.version }])
  expect(report.servers.map(({ id }: { id: string }) => id)).toEqual([
    'c-fork',
    `truefork@${process.version}`,
  ])
  for (const server of report.servers) {
    expect(server).toMatchObject({
      version: expect.any(String),
      errors: [],
      perSecond: spread,
      latencyUs: {
        one: { p50: spread, p99: spread },
        half: { p50: spread },
        full: { p50: spread },
      },
      processorUs: spread,
      held: {
        wanted: 100,
        held: { median: 100 },
        stillAnswered: { median: 100 },
        perSecond: spread,
      },
    })
    expect(server.rounds).toHaveLength(1)
    expect(server.perSecond.median).toBeGreaterThan(0)
  }
  const [loop, own] = report.servers
  expect(loop.toBaseline.perSecond.median).toBe(1)
  expect(own.toBaseline.perSecond.median).toBeCloseTo(own.perSecond.median / loop.perSecond.median)
  expect(report.heaps.map(({ megabytes }: { megabytes: number }) => megabytes)).toEqual([0, 64])

  const chart = readFileSync(svg, 'utf8')
  expect(chart).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"/)
  expect(chart).toContain('prefers-color-scheme: dark')
  expect(chart).toContain('truefork, fork for each client')
})

test.each([
  ['an unknown option', ['--fast'], "unknown option '--fast'"],
  ['no rounds', ['--rounds', 0], 'expected a whole number from 1 to 999'],
  ['no seconds', ['--seconds', 'long'], 'expected seconds, more than 0'],
  ['a server that there is not', ['--only', 'c-fork,apache'], "there is no server 'apache'"],
  ['a node that is none', ['--node', '/bin/true'], 'expected the path of a node'],
  ['a file in no folder', ['--json', '/nowhere/bench.json'], 'there is no folder /nowhere'],
])('%s: one line on stderr and status 64', async (_, args, message) => {
  for (const script of ['run.mjs', 'fork.mjs']) {
    if (script === 'fork.mjs' && args[0] === '--only') continue
    const { code, out, err } = await runBench(args, { script })
    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err.split('\n')).toHaveLength(1)
    expect(err).toContain(message)
  }
})

test('a server that is not installed is named, not guessed', async () => {
  const PATH = join(temporaryFolder(), 'empty')
  mkdirSync(PATH)
  const { code, err } = await runBench(['--only', 'ruby,php'], { env: { PATH } })
  expect(code).toBe(69)
  expect(err).toBe('bench: nothing to measure: not installed: php, ruby')
})

test('without a C compiler it says what is missing', async () => {
  const PATH = temporaryFolder()
  symlinkSync(process.execPath, join(PATH, 'node'))
  const { code, err } = await runBench(['--only', 'truefork'], { env: { PATH } })
  expect(code).toBe(69)
  expect(err).toMatch(/^bench: there is no C compiler \(cc\)/)
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s leaves no process behind',
  { timeout: BENCH_DEADLINE },
  async signal => {
    const TMPDIR = temporaryFolder()
    const program = startBench(['--rounds', 1, '--seconds', 60, '--only', 'truefork'], {
      env: { TMPDIR },
    })
    await underLoad(program)
    process.kill(program.pid, signal)
    const { code } = await program.ended()
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
    await until(() => program.relatives().length === 0, { what: 'the end of all processes' })
    expect(readdirSync(TMPDIR)).toEqual([])
  },
)

test('a node that stops working is told of, and costs no other figures', {
  timeout: BENCH_DEADLINE,
}, async () => {
  const folder = temporaryFolder()
  const [node, json] = [join(folder, 'node'), join(folder, 'bench.json')]
  symlinkSync(process.execPath, node)
  const extent = ['--quick', '--seconds', 0.2, '--rounds', 1]
  const names = 'c-fork,truefork'
  const program = startBench([...extent, '--node', node, '--only', names, '--json', json])
  await program.line(/^round 1\/1 {2}c-fork/, { from: program.stderr, deadline: BENCH_DEADLINE })
  rmSync(node)
  expect((await program.ended(BENCH_DEADLINE)).code).toBe(1)
  expect(program.stdout.all.join('\n')).toMatch(/could not be measured: .*ENOENT/)
  const { servers } = JSON.parse(readFileSync(json, 'utf8'))
  expect(servers[0]).toMatchObject({ id: 'c-fork', errors: [], perSecond: spread })
})

test('an interrupted run keeps the rounds that it has finished', {
  timeout: BENCH_DEADLINE,
}, async () => {
  const json = join(temporaryFolder(), 'bench.json')
  const extent = ['--quick', '--seconds', 0.1, '--rounds', 99]
  const program = startBench([...extent, '--only', 'c-fork', '--json', json])
  await program.line(/^round 2\/99 {2}c-fork/, { from: program.stderr, deadline: BENCH_DEADLINE })
  process.kill(program.pid, 'SIGINT')
  expect((await program.ended()).code).toBe(130)
  const { extent: written, servers } = JSON.parse(readFileSync(json, 'utf8'))
  expect(written.done).toBeGreaterThanOrEqual(1)
  expect(servers[0].rounds).toHaveLength(written.done)
})

test('children of a server that has died are ended, too', { timeout: BENCH_DEADLINE }, async () => {
  const program = startBench(['--rounds', 1, '--seconds', 60, '--only', 'c-prefork'])
  const isServer = (pid: number) => commandOf(pid) === 'prefork'
  await underLoad(program)
  const server = childrenOf(program.pid).find(isServer)!
  expect(childrenOf(server)).toHaveLength(8)
  process.kill(server, 'SIGKILL')
  await until(() => !program.relatives().some(isServer), { what: 'the end of its children' })
  process.kill(program.pid, 'SIGINT')
  await program.ended()
  await until(() => program.relatives().length === 0, { what: 'the end of all processes' })
})

// The sources are compiled, the server is up, and the load generator is at work.
const underLoad = (program: ReturnType<typeof startBench>) =>
  until(() => program.relatives().some(pid => commandOf(pid) === 'load'), {
    deadline: BENCH_DEADLINE,
    what: 'the load generator',
  })

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '' // it has ended
  }
}
