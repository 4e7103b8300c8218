// Runs test files, several at once, each in a process of its own that is a copy of this one. What takes
// long to load has been loaded here, once: a child has it from its first moment.
//
//   truefork run examples/jobs.ts one.test.ts two.test.ts
//
//   WARM=express,./src/app.js     modules to be loaded beforehand; default: node:test and node:assert
//   JOBS=4                        how many at once; default: as many as there are processors
//
// A file fails if it throws, if its exit status is not 0, or if it is killed.
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fork, type Pid } from 'truefork'
import { describeStatus, waitpid } from 'truefork/posix'

const atOnce = Number(process.env.JOBS ?? availableParallelism())
const warm = process.env.WARM?.split(',') ?? ['node:test', 'node:assert']
const running = new Map<Pid, { file: string; since: number }>()

const urlOf = (name: string) => pathToFileURL(resolve(name)).href

for (const name of warm) await import(name.startsWith('.') ? urlOf(name) : name)

let failures = 0
let job: string | undefined
const files = process.argv.slice(2)
for (const file of files) {
  if (running.size === atOnce) collect()
  const pid = fork()
  if (pid === 0) {
    job = file
    break
  }
  running.set(pid, { file, since: performance.now() })
}
if (job === undefined) finish()
else await import(urlOf(job)) // in the child, whose event loop then runs until nothing is left to do

function finish(): void {
  while (running.size > 0) collect()
  console.log(`${files.length - failures} passed, ${failures} failed`)
  process.exitCode = failures > 0 ? 1 : 0
}

// There are no other children, so that whoever ends first may be collected.
function collect(): void {
  const ended = waitpid(-1)
  const child = ended && running.get(ended.pid)
  if (!child) return
  running.delete(ended.pid)
  const { kind } = ended.status
  const hasPassed = kind === 'exited' && ended.status.code === 0
  if (!hasPassed) failures++
  const ms = (performance.now() - child.since).toFixed(0)
  const how = hasPassed ? 'passed' : `failed: ${describeStatus(ended.status)}`
  console.log(`${child.file}: ${how} (${ms} ms)`)
}
