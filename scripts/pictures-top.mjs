// The picture in docs/top.md, from a real run: a server with clients, and one that leaves zombies.
// Run after `npm run build`: node scripts/pictures-top.mjs
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))
const command = path('dist/cli/main.js')
const page = path('docs/top.md')
const folder = mkdtempSync(join(tmpdir(), 'truefork-pictures-'))
const started = []

/**
 * Starts a server, and answers its pid and its port once it says that it listens. It has a file as its
 * standard descriptors: pipes of Node are sockets, and would stand in the picture.
 */
async function start(...argv) {
  const file = join(folder, `${started.length}.log`)
  const log = openSync(file, 'w')
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', log, log] })
  started.push(child)
  for (;;) {
    const port = /listening on (?:127\.0\.0\.1:)?(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]
    if (port) return { pid: child.pid, port: Number(port) }
    if (child.exitCode !== null) throw new Error(readFileSync(file, 'utf8'))
    await setTimeout(20)
  }
}

/** A client that has been served once, so that its process is there; what it says is heard. */
async function client({ port }, line) {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${line}\n`)
  await once(socket, 'data')
  return socket
}

/** The picture without the command lines, which would not fit the page. */
function picture({ pid }) {
  const argv = [command, 'top', String(pid)]
  const lines = execFileSync(process.execPath, argv, { encoding: 'utf8' }).trimEnd().split('\n')
  const [total, , ...table] = lines
  const end = table[0].indexOf('COMMAND')
  return [total, '', ...table.map(line => line.slice(0, end).trimEnd())].join('\n')
}

const block = (name, text) => `<!-- ${name} -->\n\`\`\`\n${text}\n\`\`\`\n<!-- end -->`

const echo = ['serve', path('examples/echo.ts'), '--port', '0', '--allow-root']
const own = await start(process.execPath, command, ...echo)
const other = await start('python3', path('test/fixtures/server/zombies.py'))
const clients = []
for (const text of ['one', 'two', 'three']) clients.push(await client(own, text))
for (const number of ['7', '3']) await once((await client(other, number)).resume(), 'end')
const waiting = connect(other.port, '127.0.0.1')
clients.push(waiting)
await once(waiting, 'data')

const pictures = { server: picture(own), zombies: picture(other) }
let text = readFileSync(page, 'utf8')
for (const [name, lines] of Object.entries(pictures)) {
  text = text.replace(new RegExp(`<!-- ${name} -->[^]*?<!-- end -->`), () => block(name, lines))
}
writeFileSync(page, text)
for (const socket of clients) socket.destroy()
for (const child of started) child.kill('SIGKILL')
rmSync(folder, { recursive: true })
