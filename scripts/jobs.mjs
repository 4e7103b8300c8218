// What it costs to run test files: each in a copy of a process that has loaded what they need (fork of
// truefork, as examples/jobs.ts does it), or each in a new Node (fork of node:child_process).
//   node --single-threaded --v8-pool-size=1 scripts/jobs.mjs [--files 40] [--at-once 2] [--module express]
// The two take turns, and the median of the rounds is printed. Memory is the Pss of a process (what it
// has alone, and its share of what it has with others) when it has loaded everything and done its work.
import { fork as spawnNode } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '40' },
    'at-once': { type: 'string', default: '2' },
    module: { type: 'string', default: 'express' },
    rounds: { type: 'string', default: '3' },
    job: { type: 'boolean', default: false },
  },
})
const [files, atOnce, rounds] = [values.files, values['at-once'], values.rounds].map(Number)
const require = createRequire(import.meta.url)

// The work of one file: it takes its module, and does a little with it.
async function work() {
  const loaded = await import(pathToFileURL(require.resolve(values.module)).href)
  let sum = 0
  for (let number = 0; number < 1e5; number++) sum += number % 7
  if (sum === 0 || !loaded) throw new Error('it has done nothing')
}

const memory = () =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))[1])

if (values.job) {
  await work()
  process.send(memory(), () => process.exit(0))
} else await compare()

async function compare() {
  const { fork } = await import('truefork')
  const posix = await import('truefork/posix')

  const byTruefork = () => {
    const [readEnd, writeEnd] = posix.pipe()
    const kilobytes = []
    const buffer = Buffer.alloc(4)
    const collect = () => {
      posix.read(readEnd, buffer)
      kilobytes.push(buffer.readUInt32LE())
      const { status } = posix.waitpid(-1)
      if (status.code !== 0) throw new Error(posix.describeStatus(status))
    }
    let running = 0
    for (let file = 0; file < files; file++, running++) {
      if (running === atOnce) {
        collect()
        running--
      }
      if (fork() === 0) return { child: writeEnd }
    }
    for (; running > 0; running--) collect()
    posix.close(readEnd)
    posix.close(writeEnd)
    return { kilobytes }
  }

  const byNode = async () => {
    const kilobytes = []
    let left = files
    const one = async () => {
      while (left-- > 0)
        await new Promise((done, fail) => {
          const script = fileURLToPath(import.meta.url)
          const child = spawnNode(script, ['--job', '--module', values.module], { execArgv: [] })
          child.on('message', message => kilobytes.push(message))
          child.on('exit', code => (code === 0 ? done() : fail(new Error(`status ${code}`))))
        })
    }
    await Promise.all(Array.from({ length: atOnce }, one))
    return kilobytes
  }

  await work() // here, once: children have it
  const results = { truefork: [], node: [] }
  for (let round = 0; round < rounds; round++) {
    let began = performance.now()
    const { child, kilobytes } = byTruefork()
    if (child !== undefined) {
      await work()
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(memory())
      writeSync(child, bytes)
      process.exit(0)
    }
    results.truefork.push({ ms: performance.now() - began, kilobytes })
    began = performance.now()
    const ofNode = await byNode()
    results.node.push({ ms: performance.now() - began, kilobytes: ofNode })
  }
  const summary = Object.entries(results).map(([by, rounds]) => [
    by,
    {
      msPerFile: median(rounds.map(({ ms }) => ms / files)),
      memoryKB: median(rounds.flatMap(({ kilobytes }) => kilobytes)),
    },
  ])
  const about = { version: process.version, files, atOnce, module: values.module, rounds }
  console.log(JSON.stringify({ ...about, ...Object.fromEntries(summary) }))
}

function median(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other)
  return Number(sorted[Math.floor(sorted.length / 2)].toFixed(1))
}
