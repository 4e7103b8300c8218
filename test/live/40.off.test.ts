// Without --trace and --live, nothing of them is there: not a module, not a wrapper, not a system call.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test.each([
  ['without', 'native', []],
  ['with --trace', 'wrapped', ['--trace']],
])('%s, the calls of a server process are %s', async (_, kind, option) => {
  const file = join(temporaryFolder(), 'trace.jsonl')
  const server = await startServer('binding.mjs', option.length > 0 ? [...option, file] : [])
  const client = await server.client()
  const isTraced = kind === 'wrapped'
  const calls = { fork: kind, close: kind, waitpid: kind, isTraced }
  expect(JSON.parse(await client.line())).toEqual(calls)
})

/** Where it is missing, or where the system does not let it look. */
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

/** Runs a server that serves one client, and tells what the system was asked for. */
async function systemCalls(args: readonly string[]) {
  const out = join(temporaryFolder(), 'strace')
  const under = ['strace', '-f', '-qq', '-o', out]
  const calls = 'trace=openat,write,pwrite64,writev,exit_group'
  const server = await startServer('talk.mjs', args, { under: [...under, '-e', calls] })
  const client = await server.served()
  await client.finish()
  const lines = () => readFileSync(out, 'utf8').split('\n')
  const ofServer = () => lines().filter(line => line.startsWith(`${client.server} `))
  await until(() => ofServer().some(line => line.includes('exit_group(')))
  const loaded = lines().flatMap(line => /openat\(.*\/dist\/([^"]+\.js)"/.exec(line)?.[1] ?? [])
  // A byte that wakes the process up after a signal is no output.
  const writes = ofServer().filter(line => /write/.test(line) && !/write\(\d+, "\*", 1/.test(line))
  server.signal('SIGTERM')
  await server.ended()
  return { loaded, writes }
}

test.skipIf(!hasStrace)(
  'no module is loaded, and nothing is written, for a trace that nobody wants',
  async () => {
    const isOfTraces = (file: string) => /^(trace|timeline|live|server\/live)\//.test(file)
    const off = await systemCalls([])
    expect(off.loaded.length).toBeGreaterThan(50)
    expect(off.loaded.filter(isOfTraces)).toEqual([])
    expect(off.writes).toEqual([])
    // The same look sees it where there is one.
    const on = await systemCalls(['--trace', join(temporaryFolder(), 'trace.jsonl')])
    expect(on.loaded.filter(isOfTraces)).toContain('trace/trace.js')
    expect(on.writes.length).toBeGreaterThan(5)
  },
)
