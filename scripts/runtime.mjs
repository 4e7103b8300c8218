// Forks an asynchronous handler many times, which uses a timer, files, crypto, dns, a child process
// and an outgoing http request, while the daemon process allocates heavily:
//   npm run stress:runtime -- --connections 10000 --clients 8
// Ends with 0 only if every answer was right and in time, every server process ended with 0, and
// no two drew an equal random value.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '8' },
  },
})
const total = Number(values.connections)
const clients = Number(values.clients)
const hangMs = 60_000

const outside = createServer((_request, response) => response.end('from outside'))
await once(outside.listen(0, '127.0.0.1'), 'listening')
const origin = `http://127.0.0.1:${outside.address().port}/`

const server = spawn(
  process.execPath,
  [
    '--single-threaded',
    '--v8-pool-size=1',
    fileURLToPath(new URL('runtime/server.mjs', import.meta.url)),
    origin,
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
)
process.on('exit', () => server.kill('SIGKILL'))
const log = []
createInterface({ input: server.stderr }).on('line', line => log.push(JSON.parse(line)))
const port = Number(await new Promise(resolve => server.stdout.once('data', resolve)))

const counts = { answered: 0, wrong: 0, failed: 0, hung: 0 }
const pids = new Set()
const drawn = new Set()
let equal = 0
const started = performance.now()
let left = total
await Promise.all(Array.from({ length: clients }, client))
const seconds = (performance.now() - started) / 1000

const { ended } = await finalStatus()
server.kill('SIGTERM')
const [code, signal] = await once(server, 'exit')
outside.close()
outside.closeAllConnections()

const wrongStatuses = total - (ended['exited 0'] ?? 0)
const result = {
  node: process.version,
  connections: total,
  ...counts,
  equalRandomValues: equal,
  processes: pids.size,
  ended,
  wrongStatuses,
  exit: signal ?? code,
  perSecond: Math.round(total / seconds),
}
console.log(JSON.stringify(result))
const { wrong, failed, hung } = counts
const unexpected = log.filter(({ event }) => event === 'error' || event === 'reaped')
const sound =
  wrong + failed + hung + equal + wrongStatuses === 0 &&
  unexpected.length === 0 &&
  result.exit === 0
if (!sound) console.error('not sound:\n', JSON.stringify(unexpected.slice(0, 20), null, 1))
process.exit(sound ? 0 : 1)

async function client() {
  while (left-- > 0) {
    const answer = await ask()
    if (typeof answer === 'string') {
      counts[answer]++
      continue
    }
    counts.answered++
    if (!answer.right) counts.wrong++
    pids.add(answer.pid)
    for (const value of answer.random) {
      if (drawn.has(value)) equal++
      drawn.add(value)
    }
    if (counts.answered % 1000 === 0) console.log(JSON.stringify({ ...counts, equal }))
  }
}

async function ask() {
  const socket = connect(port, '127.0.0.1')
  let hung = false
  socket.setTimeout(hangMs, () => {
    hung = true
    socket.destroy(new Error('no answer'))
  })
  try {
    return JSON.parse(await text(socket))
  } catch {
    return hung ? 'hung' : 'failed'
  }
}

// The status line of the daemon process, once all server processes are collected.
async function finalStatus() {
  for (const deadline = performance.now() + hangMs; performance.now() < deadline; ) {
    const status = log.findLast(({ event }) => event === 'status')
    if (status?.children === 0) return status
    await new Promise(resolve => setTimeout(resolve, 50))
    server.kill('SIGUSR1')
  }
  throw new Error(`server processes are left: ${JSON.stringify(log.slice(-5))}`)
}
