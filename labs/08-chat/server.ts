// Lab 8, starter: everybody has a server process, and talks to nobody but it.
//
//   npx truefork run labs/08-chat/server.ts 7777
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
  getpeername,
  getpid,
  isSystemError,
  listen,
  O_NONBLOCK,
  type Pid,
  POLLIN,
  type PollFd,
  ppoll,
  read,
  SIG_BLOCK,
  SIG_SETMASK,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  sigaction,
  sigprocmask,
  socket,
  WNOHANG,
  waitpid,
  write,
} from 'truefork/posix'

const port = Number(process.argv[2] ?? 7777)

const children = new Set<Pid>()
const top = initialize()
console.log(`daemon process ${getpid()}: port ${port}`)

for (;;) {
  for (const fd of whoIsReady()) {
    if (fd === top) admit()
    // TODO, step 4: a server process has something to say
  }
}

function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  neverWait(top)
  sigaction('SIGCHLD', { handler: collect })
  // It comes in ppoll and nowhere else.
  sigprocmask(SIG_BLOCK, ['SIGCHLD'])
  return top
}

function neverWait(fd: Fd): void {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
}

function whoIsReady(): Fd[] {
  const watched: PollFd[] = [top].map(fd => ({ fd, events: POLLIN }))
  try {
    ppoll(watched, -1, [])
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return []
    throw error
  }
  return watched.filter(({ revents }) => revents).map(({ fd }) => fd)
}

function admit(): void {
  const accepted = acceptClient()
  if (accepted === undefined) return
  // TODO, step 2: a pair of sockets
  const pid = fork()
  if (pid === 0) {
    close(top)
    serverProcess(accepted)
  }
  close(accepted)
  children.add(pid)
}

function acceptClient(): Fd | undefined {
  try {
    return accept(top)
  } catch (error) {
    if (isSystemError(error, 'EAGAIN', 'EINTR', 'ECONNABORTED')) return undefined
    throw error
  }
}

function collect(): void {
  for (const pid of children) {
    if (waitpid(pid, WNOHANG) !== null) children.delete(pid)
  }
}

function serverProcess(client: Fd): never {
  try {
    sigaction('SIGCHLD', { handler: 'default' })
    sigprocmask(SIG_SETMASK, [])
    converse(client)
  } catch (error) {
    // What is thrown must not get back into the loop above: this is the child.
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) {
      console.error(error)
      _exit(1)
    }
  }
  _exit(0)
}

/** TODO, step 3: what the client says goes to the daemon process, and comes from there. */
function converse(client: Fd): void {
  const name = nameOf(client)
  const buffer = Buffer.alloc(4096)
  let text = ''
  for (let length = read(client, buffer); length > 0; length = read(client, buffer)) {
    const lines = (text + buffer.toString('latin1', 0, length)).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) writeAll(client, Buffer.from(`${name}: ${line}\n`, 'latin1'))
  }
}

/** Clients are told apart by their ports. */
function nameOf(client: Fd): string {
  const address = getpeername(client)
  return 'port' in address ? String(address.port) : address.path
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done))
}
