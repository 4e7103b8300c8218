// A real server, over sockets: headers in pieces, from a balancer that it trusts and from one that it
// does not, with a line behind them that the handler must get.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { anyHeader, rightHeader } from './headers.mjs'
import { bytesOf, reference } from './reference.mjs'

const trusted = '127.0.0.1'
const untrusted = '127.0.0.2'
const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const handler = fileURLToPath(new URL('handler.mjs', import.meta.url))
const atOnce = 8

/** @returns how many connections were served and refused, and what is left of them */
export async function fuzzServer(random, count, onFault) {
  const server = await start()
  const before = descriptorsOf(server.pid)
  const results = { served: 0, refused: 0, untrusted: 0 }
  const one = async index => {
    const from = random.below(4) === 0 ? untrusted : trusted
    // Who is not trusted may well say something that is right.
    const header = from === untrusted ? rightHeader(random) : anyHeader(random)
    const pieces = cut(random, Buffer.concat([header, Buffer.from(`line ${index}\n`)]))
    try {
      const outcome = await converse(server.port, from, pieces, index)
      results[from === untrusted ? 'untrusted' : outcome]++
    } catch (error) {
      onFault(`connection ${index}: ${error.message}: ${header.toString('hex')}`)
    }
  }
  for (let index = 0; index < count; index += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - index) }, (_, at) => one(index + at)),
    )
  const believed = server.events.filter(event => event.client?.startsWith(`${untrusted}:`))
  for (const { event, reason } of believed)
    if (event !== 'accepted' && reason !== 'proxy-from') onFault(`${untrusted}: ${event} ${reason}`)
  const left = await settled(server.pid, before)
  if (left > before) onFault(`${left} descriptors are open, ${before} were before`)
  if (server.proxies().includes(untrusted)) onFault(`a header of ${untrusted} was believed`)
  server.child.kill('SIGTERM')
  const [code, signal] = await server.ended
  if (code !== 0) onFault(`the server ended with ${signal ?? code}`)
  return results
}

async function start() {
  const options = ['--proxy-protocol', '--proxy-from', trusted, '--proxy-timeout', '60']
  const log = ['--log', 'json', '--log-level', 'debug', '--allow-root', '--port', '0']
  const args = [command, 'serve', handler, ...options, ...log]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] })
  process.on('exit', () => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const events = []
  const lines = createInterface({ input: child.stderr })
  const listening = new Promise(done => {
    lines.on('line', line => {
      const event = JSON.parse(line)
      events.push(event)
      if (event.event === 'listening') done(event)
    })
  })
  const { port, pid } = await Promise.race([listening, ended.then(() => ({}))])
  const proxies = () => events.map(({ proxy }) => proxy?.replace(/:\d+$/, ''))
  return { child, pid, port, ended, events, proxies }
}

function cut(random, bytes) {
  const pieces = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(random.pick([2, 20, 5000]))
    pieces.push(bytes.subarray(at, end))
    at = end
    if (pieces.length > 20) break
  }
  const sent = Buffer.concat(pieces).length
  return [...pieces, bytes.subarray(sent)]
}

async function converse(port, from, pieces, index) {
  const socket = connect({ host: trusted, port, localAddress: from, allowHalfOpen: true })
  socket.setNoDelay(true)
  const reset = once(socket, 'close').then(() => '')
  socket.on('error', () => {})
  await Promise.race([once(socket, 'connect'), reset])
  const real = { host: from, port: socket.localPort }
  const answer = text(socket).catch(() => '')
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise(done => setImmediate(done))
  }
  socket.end()
  const said = await answer
  socket.destroy()
  const whole = Buffer.concat(pieces)
  if (from === untrusted) {
    if (said !== '') throw new Error(`${from} was served: ${said}`)
    return 'refused'
  }
  return compare(said, whole, real, port, index)
}

function compare(said, bytes, real, port, index) {
  const header = reference(bytes)
  if (header.length === undefined) {
    if (said !== '') throw new Error(`${header.kind}, and served: ${said}`)
    return 'refused'
  }
  const rest = bytes.subarray(header.length).toString('latin1')
  // A balancer that says nothing behind a header of its own has only looked.
  if (header.kind !== 'proxied' && rest === '' && said === '') return 'refused'
  const { remote, local, received } = JSON.parse(said || '{}')
  if (received !== rest) throw new Error(`connection ${index} sent ${rest}, received ${received}`)
  const [from, to] =
    header.kind === 'proxied'
      ? [
          [header.source, header.ports[0]],
          [header.destination, header.ports[1]],
        ]
      : [
          [bytesOf(real.host), real.port],
          [bytesOf(trusted), port],
        ]
  const seen = [remote, local].map(({ host, port }) => [bytesOf(host), port])
  if (JSON.stringify(seen) !== JSON.stringify([from, to]))
    throw new Error(`the handler sees ${JSON.stringify(seen)}, not ${JSON.stringify([from, to])}`)
  return 'served'
}

const descriptorsOf = pid => readdirSync(`/proc/${pid}/fd`).length

async function settled(pid, before) {
  const end = Date.now() + 10_000
  while (descriptorsOf(pid) > before && Date.now() < end) await new Promise(setImmediate)
  return descriptorsOf(pid)
}
