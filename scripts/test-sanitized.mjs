// The tests, with a native part under AddressSanitizer and UndefinedBehaviorSanitizer:
//   npm run test:sanitized                                test/posix, test/fork and test/server
//   npm run test:sanitized -- test/posix/20.sockets       some of them
//
// Any mistake ends the process that made it, and is told at the end, by whichever process: also where no
// test notices. Before that, mistakes made on purpose must be found. Exit status: 0 if all passed and
// nothing was found.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotRun, root } from './instruments/compile.mjs'
import { compileSanitized, reportsIn, sanitizedEnvironment } from './instruments/sanitizers.mjs'
import { checkInstrument, faulty } from './instruments/selfCheck.mjs'

/** Everything takes some times as long, and so have the deadlines of the tests to be. */
const slowness = 4

const suite = ['test/posix', 'test/fork', 'test/server']

const space = 'it limits the memory of a process, of which AddressSanitizer reserves terabytes'
const refusal = 'is refused at the start, on the command line and in the file'
const copying = 'nothing is put on large pages there, see native/large_pages_linux.cc'
/** Left out, by name, and why. */
const excluded = {
  "node's code lies on large pages, which server processes share": copying,
  'the model prefork has them, too': copying,
  [`as=100M ${refusal}`]: space,
  [`data=1M ${refusal}`]: space,
  [`stack=64K ${refusal}`]: space,
  'what it says is the least will do': space,
  'a reload that no server process would live with changes nothing': space,
  'where addresses are limited, a server has a heap as ever': space,
  'a large heap needs few tables of pages':
    'AddressSanitizer keeps notes of the heap, in pages of its own',
  'however many clients go on coming, SIGTERM ends it':
    'a fork takes so long there that for each client who is served another one has come',
  'io-uring': 'Node itself hangs there, in execFileSync, with this library preloaded',
}

function prepare() {
  const wrong = compileSanitized('sanitized-faulty', faulty)
  const instrument = reports => ({ command: [], env: sanitizedEnvironment(wrong, reports) })
  checkInstrument(wrong, instrument, reportsIn, {
    overflow: /signed integer overflow/,
    readBehind: /heap-buffer-overflow/,
    readFreed: /heap-use-after-free/,
  })
  return compileSanitized('sanitized')
}

function test(folder, reports) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const names = Object.keys(excluded).map(name => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const pattern = names.length > 0 ? ['--testNamePattern', `^(?!.*(${names.join('|')})$)`] : []
  const chosen = process.argv.slice(2)
  const files = chosen.length > 0 ? chosen : suite
  const args = [vitest, 'run', '--project', 'suite', ...pattern, ...files]
  const env = { ...sanitizedEnvironment(folder, reports), TEST_SLOWNESS: slowness }
  return spawnSync(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

const reports = mkdtempSync(join(tmpdir(), 'truefork-sanitized-'))
try {
  const folder = prepare()
  console.log(`mistakes made on purpose are found; the native part is in ${folder}`)
  for (const [name, why] of Object.entries(excluded)) console.log(`left out: ${name}: ${why}`)
  const { status, signal } = test(folder, reports)
  const found = reportsIn(reports)
  for (const text of found) console.log(`\n${text}`)
  console.log(`${found.length} found by the sanitizers; the tests ended with ${signal ?? status}`)
  process.exitCode = status === 0 && found.length === 0 ? 0 : 1
} catch (error) {
  if (!(error instanceof CannotRun)) throw error
  console.error(`truefork: ${error.message}`)
  process.exitCode = 69
} finally {
  rmSync(reports, { recursive: true })
}
