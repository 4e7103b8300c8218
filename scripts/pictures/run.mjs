// A real run of a server, to have a picture of: clients who come, talk and go, signals, a kill.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** @param {{ clients: number, kills: number, trace: string, apart: number, stay: number }} plan
 * `apart` ms between two clients, each of whom stays for `stay` times 20 to 120 ms */
export async function run({ clients, kills, trace, apart, stay }) {
  const args = ['serve', 'handler.mjs', '--allow-root', '--port', '0', '--max-children', '400']
  const server = spawn(process.execPath, [command, ...args, '--trace', trace], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: here,
  })
  const [line] = await once(createInterface(server.stderr), 'line')
  const port = Number(/:(\d+) \(pid/.exec(line)[1])
  const talks = []
  for (let number = 0; number < clients; number++) {
    talks.push(talk(port, number, { kills, stay }))
    await sleep(apart)
  }
  server.kill('SIGHUP')
  await sleep(20)
  await Promise.all(talks)
  const last = talk(port, clients, { kills, stay: 1 })
  await sleep(30)
  server.kill('SIGTERM')
  await last
  await once(server, 'exit')
}

// The first ones are killed in the middle of it.
async function talk(port, number, { kills, stay }) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }).setEncoding('utf8')
  socket.on('error', () => {})
  const over = once(socket, 'close')
  socket.write('who\n')
  const [pid] = await once(socket, 'data')
  for (let time = 0; time < 2; time++) {
    await sleep(stay * (10 + ((number * 37) % 50)))
    socket.write('hello\n')
    await once(socket, 'data')
  }
  if (number % 10 === 1 && number / 10 < kills) process.kill(Number(pid), 'SIGKILL')
  socket.end()
  await over
}
