// The prebuilt binary for Linux on arm64, run on an x64 machine by a real node for arm64 (from npm) under
// qemu's emulation of the user's mode:
//   npm run build:prebuilds && npm run verify:arm64
//
// The addon is loaded, its constants are held against the headers for arm64, tests of the suite run their
// programs by that node, and so does `verify:host` its servers. What the emulator cannot show is told as
// not checked, with the reason. Before that, loading, constants and tests have to fail with a binary
// for x64.
//
// It needs Linux on x64, and of Debian qemu-user, libstdc++6-arm64-cross and libc6-dev-arm64-cross. Exit
// status: 0 if nothing failed, 1 if something did, 69 where something that it needs is missing.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { differing } from './arm64/constants.mjs'
import { prepareEmulator, version } from './arm64/emulator.mjs'
import { checksLeftOut, files, leftOut, never } from './arm64/limits.mjs'
import { selfCheck } from './arm64/selfCheck.mjs'
import { runSuite } from './arm64/suite.mjs'
import { CannotRun, root } from './instruments/compile.mjs'
import { checks } from './verify-host/checks.mjs'
import {
  command,
  expect,
  NotChecked,
  setDeadline,
  setLaunch,
  stopAll,
} from './verify-host/server.mjs'

const binary = join(root, 'prebuilds/linux-arm64/truefork.glibc.node')
const deadline = 120_000

const results = []
function tell({ name, result, detail = '' }) {
  results.push({ name, result })
  const shown = result === 'passed' ? '' : detail.trim().replaceAll('\n', '\n             ')
  console.log(`${result.padEnd(11)}  ${name}${shown && `: ${shown}`}`)
}

async function judge(name, run) {
  try {
    tell({ name, result: 'passed', detail: await run() })
  } catch (error) {
    const result = error instanceof NotChecked ? 'not checked' : 'failed'
    tell({ name, result, detail: error.message })
  }
}

/** What the program of ECMAScript answers as JSON, run by the node for arm64. */
function ask(node, program) {
  const args = ['--input-type=module', '--eval', program]
  return JSON.parse(execFileSync(node, args, { cwd: root, encoding: 'utf8' }))
}

const numbersOf = `
  import { createRequire } from 'node:module'
  import { constants as fs } from 'node:fs'
  import { constants as os } from 'node:os'
  const { constants, signals, errors } = createRequire(import.meta.url)(${JSON.stringify(binary)})
  const nodes = { ...fs, ...os.signals, ...os.errno }
  const numbers = { ...constants, ...signals, ...errors }
  console.log(JSON.stringify({ arch: process.arch, version: process.versions.node, numbers, nodes }))`

async function loadAndCompare(node) {
  let seen
  await judge('the binary loads into node for arm64', () => {
    seen = ask(node, numbersOf)
    expect(seen.arch === 'arm64' && seen.version === version, `it is ${seen.arch} ${seen.version}`)
  })
  if (!seen) return
  const { numbers, nodes } = seen
  const common = Object.keys(numbers).filter(name => name in nodes)
  await judge(`${common.length} constants are those that node was compiled with`, () => {
    const wrong = common.filter(name => numbers[name] !== nodes[name])
    expect(common.length > 90 && wrong.length === 0, `not so: ${wrong}`)
  })
  await judge('all constants are those of the headers for arm64', () => {
    const { found } = differing(numbers)
    expect(found.length === 0, `not so: ${found}`)
  })
}

async function serve(folder) {
  for (const { name, run } of checks) {
    await judge(name, async () => {
      if (name in checksLeftOut) throw new NotChecked(checksLeftOut[name])
      return await run(folder)
    })
    await stopAll()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'truefork-arm64-'))
try {
  if (!existsSync(binary)) throw new CannotRun(`there is no ${binary}: npm run build:prebuilds`)
  // No native part but the prebuilt ones, here and in all that is started.
  process.env.PREBUILDS_ONLY = '1'
  const { node, emulator } = prepareEmulator()
  console.log(`node ${version} for arm64, by ${emulator}`)
  setDeadline(deadline)
  setLaunch([node, command])
  await selfCheck(node, command, folder)
  console.log('with a binary for x64 in its place, loading, constants and tests fail, as they must')
  await loadAndCompare(node)
  const tests = runSuite(node, files, leftOut)
  await Promise.all([serve(folder), tests])
  for (const result of await tests) tell(result)
  for (const [name, detail] of Object.entries(never)) tell({ name, result: 'not checked', detail })
} catch (error) {
  if (!(error instanceof CannotRun)) throw error
  console.error(`truefork: ${error.message}`)
  process.exitCode = 69
} finally {
  rmSync(folder, { recursive: true })
  const count = wanted => results.filter(({ result }) => result === wanted).length
  if (count('failed') > 0) process.exitCode ||= 1
  const sums = ['passed', 'failed', 'not checked'].map(wanted => `${count(wanted)} ${wanted}`)
  console.log(sums.join(', '))
}
