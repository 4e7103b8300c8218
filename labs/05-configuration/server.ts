// Lab 5, starter: a concurrent server that reads its configuration once, at its start.
//
//   npx truefork run labs/05-configuration/server.ts 7777 labs/05-configuration/configuration.json
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
const configuration = readConfiguration(file)

const top = socket(AF_INET, SOCK_STREAM)
setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
bind(top, { host: '127.0.0.1', port })
listen(top, 64)
sigaction('SIGCHLD', { handler: collect, flags: SA_RESTART })
// TODO, step 2: a handler for SIGHUP
console.log(`daemon process ${getpid()}: port ${port}, prefix ${configuration.prefix}`)

for (;;) {
  // TODO, step 3: reread the configuration if SIGHUP has come
  const accepted = accept(top)
  if (fork() === 0) serverProcess(accepted)
  close(accepted)
}

// TODO, step 4: what if there is something else in the file?
function readConfiguration(path: string): Configuration {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function serverProcess(accepted: Fd): never {
  // TODO, step 5: the disposition of SIGHUP was inherited
  close(top)
  try {
    serve(accepted)
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error // else the client has gone
  }
  close(accepted)
  _exit(0)
}

/** Answers each line by the same line, with the prefix in front of it. */
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
