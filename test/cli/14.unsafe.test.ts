import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FixtureOptions, launchFlags } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, runCommand, startCommand, startServer } from '../support/server.ts'

async function refusal(handler: string, options: FixtureOptions = {}) {
  const program = startCommand(['serve', handler, '--port', 0], options)
  const { code } = await program.ended()
  expect(program.relatives()).toEqual([])
  expect(program.logged(/^ +at /)).toEqual([])
  // The inspector has its say, too.
  return { code, err: program.logged(/^truefork: /) }
}

test('the inspector: 69', async () => {
  const env = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }
  expect(await refusal(fixtureFile('echo.mjs'), { env })).toEqual({
    code: 69,
    err: [
      'truefork: fork is not safe here: the inspector is active: start node without --inspect, or call inspector.close()',
    ],
  })
})

test('a handler that starts a Worker when it is loaded: 69', async () => {
  const file = join(temporaryFolder(), 'handler.mjs')
  const worker = "new Worker('setInterval(() => {}, 1000)', { eval: true })"
  writeFileSync(
    file,
    `import { Worker } from 'node:worker_threads'\n${worker}\nexport default () => {}\n`,
  )
  expect(await refusal(file)).toEqual({
    code: 69,
    err: [
      'truefork: fork is not safe here: 1 Worker is alive: await worker.terminate() before, start Workers in the child',
    ],
  })
})

test('the sequential model does not fork, and does not mind', async () => {
  const env = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }
  const server = await startServer('talk.mjs', ['--model', 'sequential'], { env })
  expect(await (await server.client()).ask('hello')).toBe('hello')
})

test('check: 0 where fork is safe', async () => {
  const { code, out, err } = await runCommand(['check'])
  expect({ code, err }).toEqual({ code: 0, err: [] })
  expect(out).toEqual([
    expect.stringMatching(/^fork is safe here: node v[\d.]+ with --single-threaded/),
    expect.stringMatching(/^large pages: /),
  ])
})

/** The reasons and remedies of `truefork check` with these options of node. */
async function check(nodeArgs: string[]) {
  const { code, out } = await runCommand(['check'], { nodeArgs: [...launchFlags, ...nodeArgs] })
  expect(code).toBe(1)
  return out
}
const profile = (kind: string) => [`--${kind}-prof`, `--${kind}-prof-dir=${temporaryFolder()}`]

test('check: the inspector', async () => {
  expect(await check(['--inspect=127.0.0.1:0'])).toEqual([
    'not safe: the inspector is active',
    '  remedy: start node without --inspect, or call inspector.close()',
  ])
})

test('check: a profiler', async () => {
  expect(await check(profile('cpu'))).toEqual([
    'not safe: node was started with the profiler --cpu-prof',
    '  remedy: start it without; profile one process that does not fork',
  ])
})

test('check: loader hooks', async () => {
  const file = join(temporaryFolder(), 'hooks.mjs')
  writeFileSync(file, 'export {}\n')
  const [reason, remedy] = await check([`--experimental-loader=${file}`])
  expect(reason).toBe(`not safe: node was started with --experimental-loader=${file}`)
  expect(remedy).toMatch(/^ {2}remedy: use module\.registerHooks\(\)/)
})

test('check: every reason, each with its remedy', async () => {
  const out = await check(['--inspect=127.0.0.1:0', ...profile('heap')])
  expect(out.map(line => line.slice(0, 10))).toEqual([
    'not safe: ',
    '  remedy: ',
    'not safe: ',
    '  remedy: ',
  ])
})
