// A server under measurement: started on a free port, known to answer, ended with all that it
// has forked.
import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { killRest, killTree, tree } from './processes.mjs'

const startMs = 20_000
const answerMs = 5_000
const settleMs = 2_000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** Ends everything that was started, at once. Safe in an 'exit' listener. */
export function endAll() {
  for (const child of running) killTree(child.pid)
}

/** Keeps a process that was started by other means among those that endAll ends. */
export function endLater(child) {
  running.add(child)
  child.once('exit', () => {
    running.delete(child)
    killRest(child.pid)
  })
  return child
}

/** A port on 127.0.0.1 that was free a moment ago. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

/**
 * @typedef {object} Running
 * @property {number} pid
 * @property {number} port
 * @property {() => Promise<void>} settled waits until no process comes or goes any more
 * @property {() => Promise<void>} stop
 * @property {() => string} said the end of what it wrote to standard error
 */

/**
 * Starts a server and waits until it answers as it should.
 * @param {(port: number) => { argv: string[], env?: NodeJS.ProcessEnv }} command
 * @returns {Promise<Running>}
 */
export async function startServer(command) {
  const port = await freePort()
  const { argv, env } = command(port)
  const [file, ...args] = argv
  // A group of its own: Ctrl-C is for this program, which then ends the servers itself.
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: undefined, ...env },
    detached: true,
  })
  let said = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', text => {
    said = (said + text).slice(-2000)
  })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  endLater(child)
  const stop = () => stopServer(child)
  try {
    await untilCorrect(child, port)
  } catch (error) {
    await stop()
    throw new Error(`${error.message}${said && `; it said: ${said.trim()}`}`)
  }
  const settled = () => untilSettled(child.pid)
  await settled()
  return { pid: child.pid, port, settled, stop, said: () => said }
}

// Whoever served the last clients has gone, once the number of processes stays what it is.
async function untilSettled(pid) {
  const deadline = performance.now() + settleMs
  let [before, same] = [0, 0]
  while (same < 5 && performance.now() < deadline) {
    const now = tree(pid).length
    same = now === before ? same + 1 : 0
    before = now
    await delay(10)
  }
}

async function stopServer(child) {
  // Once it has been collected, its pid may be that of a stranger.
  if (!running.has(child)) return
  const pids = tree(child.pid)
  killTree(child.pid)
  const deadline = performance.now() + settleMs
  const isGone = pid => {
    try {
      return !process.kill(pid, 0)
    } catch {
      return true
    }
  }
  while (!pids.every(isGone) && performance.now() < deadline) await delay(2)
}

/** The first answer may be late, since the server has to start; it may not be wrong. */
async function untilCorrect(child, port) {
  const deadline = performance.now() + startMs
  for (;;) {
    const answer = await converse(port).catch(error => error)
    if (answer === true) return
    if (answer === false) throw new Error('it answers wrongly')
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (child.signalCode !== null) throw new Error(`it was ended by ${child.signalCode}`)
    if (performance.now() > deadline) throw new Error(`it does not answer: ${answer.message}`)
    await delay(10)
  }
}

// Two lines in one connection, one of them long, then the end: every byte must come back.
function converse(port) {
  const lines = [`hello\n`, `${'0123456789'.repeat(1000)}\n`]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setTimeout(answerMs, () => socket.destroy(new Error('no answer in time')))
    socket.on('data', data => {
      answer += data
      if (answer === lines[0]) socket.write(lines[1])
      if (answer.length >= lines.join('').length) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer === lines.join('')))
    socket.write(lines[0])
  })
}
