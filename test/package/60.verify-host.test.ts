// The command by which somebody proves a host, where the package is installed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { fileOf, targets } from '../../scripts/prebuilds/targets.mjs'
import { Outsider } from '../support/outsider.ts'

const outsider = new Outsider()
afterAll(() => outsider.remove())

test('this host passes, by the prebuilt binary, and the report tells it', async () => {
  const { status, all } = outsider.install(inject('tarball'), '--ignore-scripts')
  expect(status, all).toBe(0)

  const script = 'node_modules/truefork/scripts/verify-host.mjs'
  const options = { cwd: outsider.folder, env: outsider.env, stdio: 'ignore' } as const
  const run = spawn(process.execPath, [script, '--deadline', '60'], options)
  const [code] = await once(run, 'exit')

  const read = (type: string) =>
    readFileSync(join(outsider.folder, `truefork-host-report.${type}`), 'utf8')
  const report = JSON.parse(read('json'))
  const failed = report.checks.filter(({ result }: { result: string }) => result === 'failed')
  expect(failed).toEqual([])
  expect(code).toBe(0)
  expect(report.checks.length).toBeGreaterThan(15)
  expect(report.node).toBe(process.version)
  expect(targets.map(target => fileOf(target))).toContain(report.nativePart.file)
  expect(read('txt')).toMatch(/^\d+ passed, 0 failed, \d+ not checked$/m)
})
