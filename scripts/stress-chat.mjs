// Has many people chat, on the server of examples/chat.ts, and kills some of them in the middle:
//   npm run stress:chat -- --clients 500 --rooms 20 --messages 20 --killed 50 --deaf 5
// Ends with 0 only if each message has reached all others of its room, once and in order. `--killed`
// lose their server process or reset their connection, one after the other; `--deaf` never read.
// A message is late by the time from its writing to its reading, all in this process.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const names = ['clients', 'rooms', 'messages', 'killed', 'deaf', 'seconds']
const defaults = ['500', '20', '20', '50', '5', '10']
const { values } = parseArgs({
  options: Object.fromEntries(
    names.map((name, index) => [name, { type: 'string', default: defaults[index] }]),
  ),
})
const [clients, rooms, messages, killed, deaf, seconds] = names.map(name => Number(values[name]))
const patienceMs = 120_000

const root = fileURLToPath(new URL('..', import.meta.url))
const server = spawn(
  process.execPath,
  [
    ...[`${root}dist/cli/main.js`, 'serve', `${root}examples/chat.ts`, '--port', '0', '--hub'],
    ...['--max-children', String(clients + 10), '--log-level', 'debug'],
  ],
  { stdio: ['ignore', 'inherit', 'pipe'] },
)
process.on('exit', () => server.kill('SIGKILL'))
const log = createInterface({ input: server.stderr })
const forked = new Map()
log.on('line', line => {
  const [, child, port] = /forked child=(\d+) client=127\.0\.0\.1:(\d+)/.exec(line) ?? []
  if (child) forked.set(Number(port), Number(child))
})
const { port, pid } = await listening()

/** Of everybody who talks: what was heard, by whom it was said. */
class Guest {
  heard = new Map()
  lines = 0
  faults = []
  #rest = ''

  constructor(index) {
    this.index = index
    this.room = `room${index % rooms}`
    this.name = `guest${index}`
    // The last ones are those who go.
    this.role = index < deaf ? 'deaf' : index >= clients - killed ? 'killed' : 'talks'
  }

  async come() {
    this.socket = connect({ host: '127.0.0.1', port })
    this.socket.setEncoding('utf8').on('error', () => {})
    this.socket.on('data', text => this.#read(text))
    this.socket.write(`${this.name}\n/join ${this.room}\n`)
    await until(() => this.isThere, `${this.name} is there`)
    if (this.role === 'deaf') this.socket.pause()
  }

  say(number) {
    this.socket.write(`${number} ${performance.now()} ${'-'.repeat(40)}\n`)
  }

  #read(text) {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()
    for (const line of lines) this.#note(line)
  }

  #note(line) {
    if (line.includes(`you are in ${this.room},`)) this.isThere = true
    const [, from, number, time] = /^(guest\d+): (\d+) (\S+) /.exec(line) ?? []
    if (from === undefined) {
      if (/missing/.test(line)) this.faults.push(line)
      return
    }
    const expected = this.heard.get(from) ?? 0
    if (Number(number) !== expected) this.faults.push(`${line} instead of ${expected}`)
    this.heard.set(from, expected + 1)
    this.lines++
    delays.push(performance.now() - Number(time))
  }

  lose() {
    if (this.index % 2 === 0) this.socket.resetAndDestroy()
    else process.kill(forked.get(this.socket.localPort), 'SIGKILL')
  }
}

const delays = []
const guests = Array.from({ length: clients }, (_, index) => new Guest(index))
const idle = memory()
const cameIn = performance.now()
for (let index = 0; index < clients; index += 10)
  await Promise.all(guests.slice(index, index + 10).map(guest => guest.come()))
const arrival = (performance.now() - cameIn) / 1000
const present = memory()

const talkers = guests.filter(({ role }) => role === 'talks')
const doomed = guests.filter(({ role }) => role === 'killed')
const started = performance.now()
for (let round = 0; round < messages; round++) {
  await new Promise(done => setTimeout(done, (seconds * 1000) / messages))
  for (const guest of talkers) guest.say(round)
  // In the middle of the conversation.
  const share = Math.ceil(doomed.length / Math.max(1, messages / 2))
  if (round >= messages / 4) for (const guest of doomed.splice(0, share)) guest.lose()
}
for (const guest of doomed) guest.lose()
const inRoom = room => talkers.filter(guest => guest.room === room)
const expected = guest => (inRoom(guest.room).length - 1) * messages
let isComplete = true
await until(() => talkers.every(guest => guest.lines >= expected(guest)), 'all heard').catch(() => {
  isComplete = false
})
const took = (performance.now() - started) / 1000
const faults = talkers.flatMap(guest => guest.faults)
const delivered = talkers.reduce((sum, guest) => sum + guest.lines, 0)
server.kill('SIGUSR1')
const status = await new Promise(done =>
  log.on('line', line => line.includes(': status ') && done(line)),
)
for (const { socket } of guests) socket.destroy()
server.kill('SIGTERM')
const exit = await new Promise(done => server.on('exit', (code, signal) => done(signal ?? code)))

delays.sort((one, other) => one - other)
const late = share => Number(delays[Math.floor((delays.length - 1) * share)]?.toFixed(1))
const result = {
  node: process.version,
  clients,
  rooms,
  said: talkers.length * messages,
  delivered,
  expected: talkers.reduce((sum, guest) => sum + expected(guest), 0),
  faults: faults.length,
  arrivalsPerSecond: Math.round(clients / arrival),
  seconds: Number(took.toFixed(1)),
  deliveredPerSecond: Math.round(delivered / took),
  medianMs: late(0.5),
  ms99: late(0.99),
  memoryPerClientKB: Math.round((present - idle) / clients),
  hub: /hub="([^"]*)"/.exec(status)?.[1],
  exit,
}
console.log(JSON.stringify(result, null, 2))
const sound = isComplete && faults.length === 0 && delivered === result.expected && exit === 0
if (!sound) console.error('not sound:', faults.slice(0, 5).join('\n'))
process.exit(sound ? 0 : 1)

function listening() {
  return new Promise((resolve, reject) => {
    server.once('exit', code => reject(new Error(`the server ended with ${code}`)))
    log.on('line', line => {
      const found = /listening on .*:(\d+) \(pid (\d+)\)/.exec(line)
      if (found) resolve({ port: Number(found[1]), pid: Number(found[2]) })
    })
  })
}

async function until(ask, what) {
  const end = Date.now() + patienceMs
  while (!ask()) {
    if (Date.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`)
    await new Promise(done => setTimeout(done, 5))
  }
}

// What the daemon process, the hub and all server processes take, each shared page in parts, in KB.
function memory() {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return [pid, ...children].reduce((sum, id) => sum + memoryOf(id), 0)
}

function memoryOf(id) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1])
  } catch {
    return 0
  }
}
