import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { askFixture, type FixtureOptions, launchFlags, startFixture } from '../support/fixture.ts'
import { knowsOption } from '../support/node.ts'

const ask = (name: string, options: FixtureOptions) => askFixture('fork/launch', [name], options)

test('the flags are those that these tests use', async () => {
  expect(await ask('flags', {})).toEqual(launchFlags)
})

test.each<[boolean, string, string?]>([
  [true, '--single-threaded --v8-pool-size=1'],
  [true, '--v8-pool-size=1 --single-threaded'],
  [true, '--single_threaded --v8_pool_size=1'],
  [true, '--single-threaded --v8-pool-size 1'],
  [true, '--single-threaded', '--v8-pool-size=1'],
  [true, '--single-threaded', '--no-warnings --v8_pool_size=1'],
  [true, '--single-threaded --v8-pool-size=1', '--v8-pool-size=4'],
  [true, '--single-threaded --v8-pool-size=4 --v8-pool-size=1'],
  [true, '--no-single-threaded --single-threaded --v8-pool-size=1'],
  [false, ''],
  [false, '--single-threaded'],
  [false, '--v8-pool-size=1'],
  [false, '--single-threaded --v8-pool-size=0'],
  [false, '--single-threaded --v8-pool-size=4'],
  [false, '--single-threaded --v8-pool-size=1 --v8-pool-size=4'],
  [false, '--single-threaded --v8-pool-size=4', '--v8-pool-size=1'],
  [false, '--single-threaded', '--v8-pool-size=4'],
  [false, '--single-threaded --no-single-threaded --v8-pool-size=1'],
  [false, '--single-threaded-gc --v8-pool-size=1'],
])('isLaunched is %s with `%s` and NODE_OPTIONS `%s`', async (launched, args, NODE_OPTIONS) => {
  const nodeArgs = args.split(' ').filter(word => word !== '')
  expect(await ask('isLaunched', { nodeArgs, env: { NODE_OPTIONS } })).toBe(launched)
})

/** The report of a program that was started without the flags and has launched itself. */
async function launched(args: string[], options: FixtureOptions) {
  const fixture = startFixture('fork/launch', args, options)
  if (args[0] === 'launch') {
    expect(await fixture.json()).toEqual({ pid: fixture.pid, launched: false })
  }
  const report = await fixture.json()
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  expect(report).toMatchObject({
    pid: fixture.pid,
    launched: true,
    sigpipe: 'ignore',
    check: [],
    child: { kind: 'exited', code: 4 },
  })
  return report
}

test('launch becomes node with the flags, in the same process, where fork works', async () => {
  const { execArgv, args } = await launched(['launch', 'x', 'y z'], { nodeArgs: [] })
  expect(args).toEqual(['x', 'y z'])
  expect(execArgv).toEqual(expect.arrayContaining(launchFlags))
  expect(execArgv.includes('--disable-sigusr1')).toBe(knowsOption('--disable-sigusr1'))
})

test("launch keeps the user's options and environment", async () => {
  const preload = fileURLToPath(new URL('../fixtures/fork/preload.mjs', import.meta.url))
  const nodeArgs = ['--stack-trace-limit=50', '--v8-pool-size=4', '--import', preload]
  const env = { NODE_OPTIONS: '--no-deprecation', KEPT: 'a=b c' }
  const report = await launched(['launch'], { nodeArgs, env })
  expect(report.execArgv.slice(0, 4)).toEqual(nodeArgs)
  expect(report).toMatchObject({
    nodeOptions: '--no-deprecation',
    kept: 'a=b c',
    condition: 'preloaded',
  })
})

test('launch of another script with its arguments', async () => {
  const { args } = await launched(['other'], { nodeArgs: [] })
  expect(args).toEqual(['a b', '--option', ''])
})
