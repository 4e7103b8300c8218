// The proof of `truefork grade`: servers that make one mistake each fail the checks that are named for
// it in test/grade/servers/mutants.json, and no other; servers that are right fail none.
//
//   npm run grade:matrix -- [--times 20] [--jobs 2] [--only NAME] [--check CHECK]
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    only: { type: 'string' },
    check: { type: 'string' },
  },
})

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))
const command = path('dist/cli/main.js')
const servers = path('test/grade/servers')
const mutants = JSON.parse(readFileSync(join(servers, 'mutants.json'), 'utf8'))
// The limit of processes does not bind root.
const isRoot = process.getuid?.() === 0
const asUser = isRoot ? ['--user', 'nobody'] : []
const folder = mkdtempSync(join(tmpdir(), 'truefork-matrix-'))
chmodSync(folder, 0o755)

const only = values.check ? ['--only', values.check] : []

/** Every server with the checks that it must fail. */
function rows() {
  const compiled = Object.entries(mutants).map(([name, fails]) => {
    const program = join(folder, name || 'correct')
    const flags = [
      '-std=gnu11',
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      ...(name ? [`-D${name}`] : []),
    ]
    execFileSync('cc', [...flags, '-o', program, join(servers, 'echo.c')])
    return { name: name || 'echo.c', words: [program, '{port}'], fails }
  })
  const handler = path('examples/echo.ts')
  const others = [
    { name: 'echo.py', words: ['python3', join(servers, 'echo.py'), '{port}'], fails: [] },
    {
      name: 'truefork',
      words: [process.execPath, command, 'serve', handler, '--port', '{port}'],
      fails: [],
    },
  ]
  return [...compiled, ...others].filter(
    ({ name }) => !values.only || values.only.split(',').includes(name),
  )
}

function grade({ words }) {
  const args = [command, 'grade', '--format', 'json', ...asUser, ...only, '--', ...words]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr || String(error)))
      else resolve(JSON.parse(stdout).checks)
    })
  })
}

let wrong = 0
let count = 0

async function judge(row, round) {
  count++
  const checks = await grade(row).catch(error => [
    { name: 'start', verdict: 'failed', seen: error.message },
  ])
  const faults = checks.filter(({ name, verdict }) => {
    const expected = row.fails.includes(name) ? 'failed' : 'passed'
    return verdict !== expected
  })
  // What rests on a check that fails cannot be asked.
  const unexpected = faults.filter(
    ({ name, verdict }) =>
      verdict === 'failed' || row.fails.length === 0 || row.fails.includes(name),
  )
  const unseen = faults.filter(fault => !unexpected.includes(fault))
  const line = unexpected.length === 0 ? 'as it should be' : 'WRONG'
  console.log(`${round}  ${row.name.padEnd(16)} ${line}`)
  for (const { name, verdict, seen } of [...unexpected, ...unseen]) {
    console.log(`     ${name}: ${verdict}: ${seen}`)
  }
  if (unexpected.length > 0) wrong++
}

try {
  const all = rows()
  for (let round = 1; round <= Number(values.times); round++) {
    const queue = [...all]
    const work = async () => {
      for (let row = queue.shift(); row; row = queue.shift()) await judge(row, round)
    }
    await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  }
  console.log(`${count} servers graded, ${wrong} wrong`)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
