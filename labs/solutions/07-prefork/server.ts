// Lab 7, solution: server processes are forked before their clients come, and each serves several, one
// after the other.
//
//   npx truefork run labs/solutions/07-prefork/server.ts 7777
import {
  _exit,
  AF_INET,
  accept,
  bind,
  close,
  F_GETFL,
  F_SETFL,
  type Fd,
  fcntl,
  fork,
  getpid,
  isSystemError,
  kill,
  listen,
  O_NONBLOCK,
  type Pid,
  POLLIN,
  ppoll,
  read,
  SIG_BLOCK,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  sigaction,
  sigprocmask,
  sigsuspend,
  socket,
  WNOHANG,
  waitpid,
  write,
} from 'truefork/posix'

const port = Number(process.argv[2] ?? 7777)
const spares = 4
const clientsEach = 3

const children = new Set<Pid>()
let stopping = false
const top = initialize()
console.log(`parent ${getpid()}: port ${port}, ${spares} processes, ${clientsEach} clients each`)

// The parent never accepts. It keeps the number of its children.
while (!stopping) {
  while (children.size < spares) startServerProcess()
  sigsuspend([])
}
// Who serves somebody finishes first, see nextClient.
for (const pid of children) kill(pid, 'SIGTERM')

function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  // All children wait for the same client, and one gets it: the others must not wait in accept.
  fcntl(top, F_SETFL, fcntl(top, F_GETFL) | O_NONBLOCK)
  sigaction('SIGCHLD', { handler: collect })
  sigaction('SIGTERM', { handler: stop })
  // They come in sigsuspend and nowhere else.
  sigprocmask(SIG_BLOCK, ['SIGCHLD', 'SIGTERM'])
  return top
}

function collect(): void {
  for (const pid of children) {
    if (waitpid(pid, WNOHANG) !== null) children.delete(pid)
  }
}

function stop(): void {
  stopping = true
}

function startServerProcess(): void {
  const pid = fork()
  if (pid === 0) serverProcess()
  children.add(pid)
}

function serverProcess(): never {
  try {
    sigaction('SIGCHLD', { handler: 'default' })
    for (let served = 0; served < clientsEach && !stopping; ) {
      const accepted = nextClient()
      if (accepted === undefined) continue
      serveOne(accepted)
      served++
    }
  } catch (error) {
    // What is thrown must not get back into the loop above: this is the child.
    console.error(error)
    _exit(1)
  }
  _exit(0)
}

/** undefined: another process has got the client, or a signal has come. */
function nextClient(): Fd | undefined {
  try {
    // SIGTERM is blocked but here: who serves a client finishes first.
    ppoll([{ fd: top, events: POLLIN }], -1, [])
    return accept(top)
  } catch (error) {
    if (isSystemError(error, 'EAGAIN', 'EINTR', 'ECONNABORTED')) return undefined
    throw error
  }
}

function serveOne(accepted: Fd): void {
  try {
    serve(accepted)
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error // else the client has gone
  }
  // This process goes on: what it does not close, it keeps.
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
