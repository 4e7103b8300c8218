import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exampleFile } from '../support/example.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startCommand, startScript } from '../support/server.ts'

const files: Record<string, string> = {
  'passes.mjs': "import assert from 'node:assert'\nassert.equal(1 + 1, 2)\n",
  'waits.mjs': 'setTimeout(() => console.log("late"), 50)\n',
  'throws.mjs': "throw new Error('as told')\n",
  'status.mjs': 'process.exit(3)\n',
  'killed.mjs': "process.kill(process.pid, 'SIGKILL')\n",
  'fails.mjs': `import test from 'node:test'\nimport assert from 'node:assert'
test('right', () => assert.equal(1, 1))\ntest('wrong', () => assert.equal(1, 2))\n`,
  // Of a brother that has changed its copy, nothing is seen.
  'one.mjs': 'globalThis.warmed.count++\nif (globalThis.warmed.count !== 2) process.exit(9)\n',
  'two.mjs': 'globalThis.warmed.count++\nif (globalThis.warmed.count !== 2) process.exit(9)\n',
}

function run(names: string[]) {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'warm.mjs'), 'globalThis.warmed = { count: 1 }\n')
  const env = { JOBS: '2', WARM: './warm.mjs,node:assert' }
  return startCommand(['run', exampleFile('jobs.ts'), ...names], { cwd: folder, env })
}

test('what passes and what fails, and how', async () => {
  const jobs = run(Object.keys(files))
  expect(await jobs.ended()).toEqual({ code: 1, signal: null })
  const lines = jobs.stdout.all
  const told = (name: string) => lines.find(line => line.startsWith(`${name}: `))
  for (const name of ['passes.mjs', 'waits.mjs', 'one.mjs', 'two.mjs'])
    expect(told(name)).toMatch(/: passed \(\d+ ms\)$/)
  expect(told('throws.mjs')).toMatch(/: failed: exited 1 /)
  expect(told('status.mjs')).toMatch(/: failed: exited 3 /)
  expect(told('killed.mjs')).toMatch(/: failed: SIGKILL /)
  expect(told('fails.mjs')).toMatch(/: failed: exited 1 /)
  expect(lines).toContain('late')
  expect(lines.at(-1)).toBe('4 passed, 4 failed')
})

test('with nothing that fails the status is 0', async () => {
  const jobs = run(['passes.mjs', 'one.mjs'])
  expect(await jobs.ended()).toEqual({ code: 0, signal: null })
  expect(jobs.stdout.all.at(-1)).toBe('2 passed, 0 failed')
})

test('the script that measures both ways measures both', async () => {
  const script = fileURLToPath(new URL('../../scripts/jobs.mjs', import.meta.url))
  const nodeArgs = ['--single-threaded', '--v8-pool-size=1']
  const bench = startScript(script, ['--files', 3, '--rounds', 1], { nodeArgs })
  expect(await bench.ended(60_000)).toEqual({ code: 0, signal: null })
  const { truefork, node } = JSON.parse(bench.stdout.all.at(-1)!)
  for (const { msPerFile, memoryKB } of [truefork, node]) {
    expect(msPerFile).toBeGreaterThan(0)
    expect(memoryKB).toBeGreaterThan(0)
  }
}, 90_000)
