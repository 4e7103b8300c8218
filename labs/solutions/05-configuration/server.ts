// Lab 5, solution: SIGHUP has the daemon process reread its configuration. It is all or nothing, and
// no client notices.
//
//   npx truefork run labs/solutions/05-configuration/server.ts 7777 configuration.json
import { readFileSync } from 'node:fs'
import {
  _exit,
  AF_INET,
  accept,
  bind,
  close,
  type Fd,
  fork,
  getpid,
  isSystemError,
  listen,
  read,
  SA_RESTART,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  sigaction,
  socket,
  WNOHANG,
  waitpid,
  write,
} from 'truefork/posix'

interface Configuration {
  prefix: string
}

const port = Number(process.argv[2] ?? 7777)
const file = process.argv[3] ?? 'configuration.json'
// At the start a bad file is the end: a person is there to read why.
let configuration = readConfiguration(file)
let hangup = false

const top = socket(AF_INET, SOCK_STREAM)
setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
bind(top, { host: '127.0.0.1', port })
listen(top, 64)
// collect waits for children alone and may run at any time. SIGHUP is to end the wait in accept.
sigaction('SIGCHLD', { handler: collect, flags: SA_RESTART })
sigaction('SIGHUP', { handler: noteHangup })
console.log(`daemon process ${getpid()}: port ${port}, prefix ${configuration.prefix}`)

for (;;) {
  if (hangup) reread()
  const accepted = acceptClient()
  if (accepted === undefined) continue
  if (fork() === 0) serverProcess(accepted)
  close(accepted)
}

function noteHangup(): void {
  hangup = true
}

function reread(): void {
  hangup = false
  try {
    // The new one takes the place of the old one only when it is there as a whole.
    configuration = readConfiguration(file)
    console.log(`reread ${file}: prefix ${configuration.prefix}`)
  } catch (error) {
    console.error(`${file} is bad, the old configuration stays: ${(error as Error).message}`)
  }
}

function readConfiguration(path: string): Configuration {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof value !== 'object' || value === null || !('prefix' in value)) {
    throw new Error('"prefix" is missing')
  }
  const { prefix } = value
  if (typeof prefix !== 'string') throw new Error('"prefix" must be a string')
  return { prefix }
}

/** undefined: a signal came in between, and it is time to look what it wants. */
function acceptClient(): Fd | undefined {
  try {
    return accept(top)
  } catch (error) {
    if (isSystemError(error, 'EINTR', 'ECONNABORTED')) return undefined
    throw error
  }
}

function serverProcess(accepted: Fd): never {
  // The handler was inherited, and would make read fail with EINTR. The configuration of this client
  // is the copy that fork has made: nobody rereads it here.
  sigaction('SIGHUP', { handler: 'ignore' })
  close(top)
  try {
    serve(accepted)
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error // else the client has gone
  }
  close(accepted)
  _exit(0)
}

function serve(accepted: Fd): void {
  let text = ''
  const buffer = Buffer.alloc(4096)
  for (let length = read(accepted, buffer); length > 0; length = read(accepted, buffer)) {
    const lines = (text + buffer.toString('latin1', 0, length)).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      writeAll(accepted, Buffer.from(`${configuration.prefix}: ${line}\n`, 'latin1'))
    }
  }
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done))
}

function collect(): void {
  try {
    while (waitpid(-1, WNOHANG));
  } catch (error) {
    if (!isSystemError(error, 'ECHILD')) throw error
  }
}
