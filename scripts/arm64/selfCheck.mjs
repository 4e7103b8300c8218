// Can all this fail? With the native part for x64 in place of that for arm64, it has to.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { CannotRun, root } from '../instruments/compile.mjs'
import { differing } from './constants.mjs'
import { runSuite } from './suite.mjs'

const require = createRequire(import.meta.url)
const forX64 = join(root, 'prebuilds/linux-x64/truefork.glibc.node')

function must(condition, text) {
  if (!condition) throw new CannotRun(`the checks cannot fail: ${text}`)
}

/** A folder for TRUEFORK_PREBUILD, in which the binary has the right name and is the wrong one. */
function wrongPart(folder) {
  const prebuilds = join(folder, 'wrong/prebuilds/linux-arm64')
  mkdirSync(prebuilds, { recursive: true })
  copyFileSync(forX64, join(prebuilds, 'truefork.glibc.node'))
  return { TRUEFORK_PREBUILD: join(folder, 'wrong') }
}

export async function selfCheck(node, command, folder) {
  const environment = wrongPart(folder)
  const { status, stderr } = spawnSync(node, [command, 'check'], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  must(status !== 0 && /no native part for linux-arm64/.test(stderr), 'a binary for x64 loads')
  const { constants, signals, errors } = require(forX64)
  const { found } = differing({ ...constants, ...signals, ...errors })
  must(found.includes('O_DIRECTORY'), 'the constants of x64 are taken for those of arm64')
  const results = await runSuite(node, ['test/fork/10.fork.test.ts'], {}, environment)
  must(
    results.length > 0 && results.every(({ result }) => result === 'failed'),
    'tests pass without a native part for arm64',
  )
}
