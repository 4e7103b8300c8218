// Runs the tests with every supported Node.js. The last line of its output is the sum:
// `N passed, N failed`, and `, N skipped` where there are such.
//
//   node scripts/test-matrix.mjs [--only VERSION] [--once PROJECT ...] [ARGUMENTS OF VITEST ...]
//
// PROJECT, one of vitest's, is tested with the first version alone; more than one may be given.
// A test that fails is run once more, alone with the others of its file: on a machine with other work
// anything can come late, while what is wrong is wrong again. Both are told at the end.
//
// VERSION is `24` or `24.21.0`. The addon is compiled once: Node-API is the same binary interface
// in all these versions, so the one build in build/Release serves them all.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { nodes } from './nodes.mjs'

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const minutes = 20 // for one version; a hung run must not hang the matrix

const vitestArgs = process.argv.slice(2)
const only = take('--only')
const once = []
for (let name = take('--once'); name; name = take('--once')) once.push('--project', name)
const isWanted = version => only === undefined || `${version}.`.startsWith(`${only}.`)

function take(option) {
  const at = vitestArgs.indexOf(option)
  return at < 0 ? undefined : vitestArgs.splice(at, 2)[1]
}

const format = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/** More files than this do not fail by chance. */
const chances = 5

function runTwice(node, args) {
  const first = runTests(node, args)
  const { totals, failures, files } = first
  if (files.length === 0 || files.length > chances) return { ...first, unsteady: [] }
  console.log(`\n--- once more: ${files.join(' ')}`)
  const second = runTests(node, files)
  if (second.totals.failed > 0) return { ...first, unsteady: [] }
  const passed = totals.passed + totals.failed
  return { totals: { ...totals, passed, failed: 0 }, failures: [], unsteady: failures }
}

function runTests({ execPath }, args) {
  const folder = mkdtempSync(join(tmpdir(), 'truefork-matrix-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  // PATH too, so that a test which starts plain `node` gets the version under test.
  const PATH = `${dirname(execPath)}${delimiter}${process.env.PATH}`
  const run = spawnSync(execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
  })
  const { totals, failures, files } = read(report)
  rmSync(folder, { recursive: true })

  // A file that does not load, a crash or an error outside any test is in no test's result, and
  // a run of nothing at all proves nothing: each of these counts as one failure.
  if (totals.passed + totals.failed === 0) {
    totals.failed = 1
    failures.push('no test ran')
  } else if (run.status !== 0 && totals.failed === 0) {
    totals.failed = 1
    failures.push(`vitest ended with ${run.error ?? run.signal ?? run.status}`)
  }
  return { totals, failures, files }
}

function read(report) {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8'))
    const skipped = json.numPendingTests + json.numTodoTests
    const totals = { passed: json.numPassedTests, failed: json.numFailedTests, skipped }
    const failed = json.testResults.filter(({ status }) => status === 'failed')
    const files = failed.map(({ name }) => relative(root, name))
    return { totals, failures: failed.flatMap(failuresOf), files }
  } catch {
    // it ended before it could write a report
    return { totals: { passed: 0, failed: 0, skipped: 0 }, failures: [], files: [] }
  }
}

function failuresOf({ name, message, assertionResults }) {
  const file = relative(root, name)
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  if (message) return [`${file}: ${message}`]
  return failed.map(({ fullName, failureMessages }) => {
    const reasons = failureMessages.map(text => text.split('\n    at ')[0])
    return `${file}: ${fullName}: ${reasons.join('; ')}`
  })
}

const sum = { passed: 0, failed: 0, skipped: 0 }
const lines = []
const details = []
for (const node of nodes(isWanted)) {
  console.log(`\n=== node ${node.version} ===`)
  const isFirst = lines.length === 0
  const more = isFirst ? once : []
  const { totals, failures, unsteady } = runTwice(node, [...vitestArgs, ...more])
  for (const key of Object.keys(sum)) sum[key] += totals[key]
  lines.push(`node ${node.version}: ${format(totals)}`)
  console.log(lines.at(-1))
  details.push(...failures.map(text => `node ${node.version}: ${text}`))
  details.push(...unsteady.map(text => `node ${node.version}, passed once more: ${text}`))
}
if (lines.length === 0) {
  console.error(`no supported version matches --only ${only}`)
  process.exit(64)
}
// Once more, and at the end, where whoever has only the end of a long log finds them.
if (details.length > 0) console.log(`\n${details.join('\n\n')}`)
console.log(`\n${lines.join('\n')}\n${format(sum)}`)
process.exitCode = sum.failed > 0 ? 1 : 0
