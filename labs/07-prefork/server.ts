// Lab 7, starter: a concurrent server that forks when a client has come, and so lets it wait.
//
//   npx truefork run labs/07-prefork/server.ts 7777
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
  type Pid,
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

const port = Number(process.argv[2] ?? 7777)
const spares = 4
const clientsEach = 3

const children = new Set<Pid>()
const top = initialize()
console.log(`parent ${getpid()}: port ${port}, ${spares} processes, ${clientsEach} clients each`)

// TODO, steps 2 to 6: `spares` children, each of which accepts `clientsEach` clients
for (;;) {
  const accepted = accept(top)
  const pid = fork()
  if (pid === 0) serverProcess(accepted)
  children.add(pid)
  close(accepted)
}

function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  sigaction('SIGCHLD', { handler: collect, flags: SA_RESTART })
  return top
}

function collect(): void {
  for (const pid of children) {
    if (waitpid(pid, WNOHANG) !== null) children.delete(pid)
  }
}

function serverProcess(accepted: Fd): never {
  close(top)
  try {
    serveOne(accepted)
  } catch (error) {
    // What is thrown must not get back into the loop above: this is the child.
    console.error(error)
    _exit(1)
  }
  _exit(0)
}

function serveOne(accepted: Fd): void {
  try {
    serve(accepted)
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error // else the client has gone
  }
  close(accepted)
}

function serve(accepted: Fd): void {
  const buffer = Buffer.alloc(4096)
  for (let length = read(accepted, buffer); length > 0; length = read(accepted, buffer)) {
    writeAll(accepted, buffer.subarray(0, length))
  }
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done))
}
