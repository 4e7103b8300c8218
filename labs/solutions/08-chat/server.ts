// Lab 8, solution: a chat. Each client has a server process, and each server process a socket to the
// daemon process, who tells all what one has said.
//
//   npx truefork run labs/solutions/08-chat/server.ts 7777
import {
  _exit,
  AF_INET,
  AF_UNIX,
  accept,
  asFd,
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
  poll,
  ppoll,
  read,
  SHUT_WR,
  SIG_BLOCK,
  SIG_SETMASK,
  SO_REUSEADDR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  shutdown,
  sigaction,
  sigprocmask,
  socket,
  socketpair,
  WNOHANG,
  waitpid,
  write,
} from 'truefork/posix'

const port = Number(process.argv[2] ?? 7777)
/** A packet of the pairs: a line, or the first part of a longer one. */
const longest = 16_384

const children = new Set<Pid>()
/** The daemon process's end of each pair. */
const members = new Set<Fd>()
const top = initialize()
console.log(`daemon process ${getpid()}: port ${port}`)

for (;;) {
  for (const fd of whoIsReady()) {
    if (fd === top) admit()
    else pass(fd)
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
  const watched: PollFd[] = [top, ...members].map(fd => ({ fd, events: POLLIN }))
  try {
    ppoll(watched, -1, [])
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return []
    throw error
  }
  return watched.filter(({ revents }) => revents).map(({ fd }) => fd)
}

/** A client comes: a pair of sockets, and a server process at the other end of it. */
function admit(): void {
  const accepted = acceptClient()
  if (accepted === undefined) return
  const [mine, theirs] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  const pid = fork()
  if (pid === 0) {
    // Also the pairs of all others: who holds them keeps their processes from seeing the end.
    for (const fd of [top, mine, ...members]) close(fd)
    serverProcess(accepted, theirs)
  }
  close(accepted)
  close(theirs)
  // Who does not read must not hold up the others.
  neverWait(mine)
  members.add(mine)
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

/** What one has said goes to all, the speaker too. */
function pass(member: Fd): void {
  const buffer = Buffer.alloc(longest)
  const length = hear(member, buffer)
  if (length === 0) {
    members.delete(member)
    close(member)
    return
  }
  for (const other of members) tell(other, buffer.subarray(0, length))
}

/** The length of what a member has said; 0: its server process has gone. */
function hear(member: Fd, buffer: Buffer): number {
  try {
    return read(member, buffer)
  } catch (error) {
    // It died with messages unread.
    if (isSystemError(error, 'ECONNRESET')) return 0
    throw error
  }
}

function tell(member: Fd, message: Buffer): void {
  try {
    write(member, message)
  } catch (error) {
    // EAGAIN: it reads too slowly, and misses this. EPIPE: it has gone, which reading will tell.
    if (!isSystemError(error, 'EAGAIN', 'EPIPE')) throw error
  }
}

function collect(): void {
  for (const pid of children) {
    if (waitpid(pid, WNOHANG) !== null) children.delete(pid)
  }
}

function serverProcess(client: Fd, daemon: Fd): never {
  try {
    sigaction('SIGCHLD', { handler: 'default' })
    sigprocmask(SIG_SETMASK, [])
    converse(client, daemon)
  } catch (error) {
    // What is thrown must not get back into the loop above: this is the child.
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET', 'ENOTCONN')) {
      console.error(error)
      _exit(1)
    }
  }
  _exit(0)
}

/** Waits for both: the client who speaks, and the daemon process who tells what others say. */
function converse(client: Fd, daemon: Fd): void {
  const name = nameOf(client)
  const fromClient: PollFd = { fd: client, events: POLLIN }
  const fromDaemon: PollFd = { fd: daemon, events: POLLIN }
  const buffer = Buffer.alloc(longest)
  let text = ''
  for (;;) {
    poll([fromClient, fromDaemon], -1)
    if (fromClient.revents) {
      const length = read(client, buffer)
      if (length > 0) {
        const lines = (text + buffer.toString('latin1', 0, length)).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) say(daemon, `${name}: ${line}`)
      } else {
        // Nothing more will be said. What was said before still comes back, and then the end.
        shutdown(daemon, SHUT_WR)
        fromClient.fd = asFd(-1) // poll looks past it
      }
    }
    if (fromDaemon.revents) {
      const length = read(daemon, buffer)
      if (length === 0) return
      writeAll(client, buffer.subarray(0, length))
    }
  }
}

/** Clients are told apart by their ports. */
function nameOf(client: Fd): string {
  const address = getpeername(client)
  return 'port' in address ? String(address.port) : address.path
}

function say(daemon: Fd, line: string): void {
  write(daemon, Buffer.from(`${line.slice(0, longest - 1)}\n`, 'latin1'))
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done))
}
