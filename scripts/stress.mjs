// Connects to a server of our own many times, and then looks at what the kernel says of it:
//   npm run stress -- --connections 20000 --clients 8
// Ends with 0 only if every client got its answer, no process hangs or is a zombie, and the daemon
// process has the descriptors that it had before. The resident size is printed along the way.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '8' },
  },
})
const total = Number(values.connections)
const clients = Number(values.clients)
const settleMs = 10_000
const clientMs = 30_000

const root = fileURLToPath(new URL('..', import.meta.url))
const server = spawn(
  process.execPath,
  [`${root}dist/cli/main.js`, 'serve', `${root}examples/echo.ts`, '--port', '0', '--allow-root'],
  { stdio: ['ignore', 'inherit', 'pipe'] },
)
process.on('exit', () => server.kill('SIGKILL'))
const lines = createInterface({ input: server.stderr })
const { port, pid } = await listening()
const unexpected = []
lines.on('line', line => unexpected.push(line))

const counts = { answered: 0, failed: 0 }
// What is compiled and allocated once is no growth.
const warmUp = 500
await all(warmUp)
const before = look()
const started = performance.now()
report('warm', before)
const residents = []
for (let percent = 1; percent <= 100; percent++) {
  await all(warmUp + Math.round((total * percent) / 100))
  const now = look()
  residents.push(now.residentKB)
  if (percent % 10 === 0) report(`${percent} %`, now)
}
const seconds = (performance.now() - started) / 1000
const after = await settled()
server.kill('SIGTERM')
const status = await new Promise(resolve =>
  server.on('exit', (code, signal) => resolve(signal ?? code)),
)

const result = {
  node: process.version,
  connections: total,
  ...counts,
  zombies: after.zombies,
  hung: after.children - after.zombies,
  descriptorsBefore: before.descriptors,
  descriptorsAfter: after.descriptors,
  residentBeforeKB: before.residentKB,
  residentSecondQuarterKB: median(residents.slice(25, 50)),
  residentLastQuarterKB: median(residents.slice(75)),
  residentMostKB: Math.max(...residents),
  unexpectedLogLines: unexpected.filter(line => !/draining|stopped/.test(line)).length,
  exit: status,
  perSecond: Math.round(total / seconds),
}
console.log(JSON.stringify(result))
// V8 enlarges the space for new objects a few times in the first thousands of connections, by some
// MB in all, and gives some back at each collection. What grows with the connections grows from the
// second quarter to the last, too.
const grown = result.residentLastQuarterKB - result.residentSecondQuarterKB
const sound =
  counts.failed === 0 &&
  counts.answered === warmUp + total &&
  after.children === 0 &&
  after.descriptors === before.descriptors &&
  result.unexpectedLogLines === 0 &&
  status === 0 &&
  grown < 2048
if (!sound) console.error('not sound:', unexpected.slice(0, 5).join('\n'))
process.exit(sound ? 0 : 1)

function listening() {
  return new Promise((resolve, reject) => {
    server.once('exit', code => reject(new Error(`the server ended with ${code}`)))
    lines.on('line', line => {
      const found = /listening on .*:(\d+) \(pid (\d+)\)/.exec(line)
      if (found) resolve({ port: Number(found[1]), pid: Number(found[2]) })
    })
  })
}

// So many connections in all, several clients at a time.
function all(limit) {
  let started = counts.answered + counts.failed
  const client = async () => {
    while (started++ < limit) counts[(await converse()) ? 'answered' : 'failed']++
  }
  return Promise.all(Array.from({ length: clients }, client))
}

function converse() {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setTimeout(clientMs, () => socket.destroy(new Error('no answer')))
    socket.on('data', data => {
      answer += data
      if (answer === 'hello\n') socket.end()
    })
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(answer === 'hello\n'))
    socket.write('hello\n')
  })
}

// What the kernel knows of the daemon process and of its children.
function look() {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
  const zombies = children.filter(child => /^\d+ \(.*\) Z/.test(statOf(child))).length
  return {
    residentKB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: children.length,
    zombies,
  }
}

function statOf(child) {
  try {
    return readFileSync(`/proc/${child}/stat`, 'utf8')
  } catch {
    return ''
  }
}

// The last server processes need a moment to end, and to be collected.
async function settled() {
  const deadline = performance.now() + settleMs
  while (look().children > 0 && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return look()
}

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]
}

function report(when, { residentKB, descriptors, children, zombies }) {
  const { answered, failed } = counts
  console.log(
    `${when}: answered ${answered}, failed ${failed}, resident ${residentKB} KB, ` +
      `descriptors ${descriptors}, children ${children}, zombies ${zombies}`,
  )
}
