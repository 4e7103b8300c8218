// The tests of the suite that an emulator can show, with the programs under test run by a node for arm64.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { root } from '../instruments/compile.mjs'
import { fetchNode } from '../nodes.mjs'
import { version } from './emulator.mjs'

const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const deadline = 120_000
/** How many times as long as on a machine of its own anything may take. */
const slowness = 12

/** What vitest says of a test, in the words of a report. */
const results = { passed: 'passed', failed: 'failed' }

/** The beginning of a name, as vitest wants it: everything but those that are left out. */
const allBut = names =>
  `^(?!(${names.map(name => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})$)`

/**
 * The tests are run by this machine's node of the same version: they ask it what differs between versions.
 * @param {string} node what runs the programs under test
 * @param {string[]} files
 * @param {Record<string, string>} leftOut by name of the test: why the emulator cannot show it
 * @param {object} [environment]
 */
export async function runSuite(node, files, leftOut = {}, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'truefork-arm64-'))
  const output = join(folder, 'report.json')
  const names = Object.keys(leftOut)
  const run = spawn(
    fetchNode(version),
    [
      ...[vitest, 'run', '--project', 'suite', '--maxWorkers', '2'],
      ...['--testTimeout', String(2 * deadline), '--hookTimeout', String(deadline)],
      ...['--reporter', 'json', '--outputFile', output],
      ...(names.length > 0 ? ['--testNamePattern', allBut(names)] : []),
      ...files,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...{ TRUEFORK_TEST_NODE: node, TEST_SLOWNESS: String(slowness) },
        ...environment,
      },
    },
  )
  let stderr = ''
  run.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  try {
    await once(run, 'close')
    if (!existsSync(output)) throw new Error(`vitest made no report:\n${stderr}`)
    const { testResults } = JSON.parse(readFileSync(output, 'utf8'))
    const missing = files.filter(file => !testResults.some(({ name }) => name === join(root, file)))
    return [
      ...testResults.flatMap(resultsOf(leftOut)),
      ...missing.map(name => ({ name, result: 'failed', detail: 'vitest found no such file' })),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const resultsOf = leftOut => file => {
  const name = relative(root, file.name).replace('.test.ts', '')
  // A file that does not even load has no tests.
  if (file.assertionResults.length === 0) {
    return [{ name, result: 'failed', detail: file.message || 'it has no tests' }]
  }
  return file.assertionResults.map(({ fullName, status, failureMessages }) => ({
    name: `${name}: ${fullName}`,
    result: results[status] ?? 'not checked',
    detail: failureMessages.join('\n') || (leftOut[fullName] ?? 'the suite leaves it out here'),
  }))
}
