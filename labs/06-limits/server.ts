// Lab 6, starter: a concurrent server without limits. Each client gets a process, however many come.
//
//   npx truefork run labs/06-limits/server.ts 7777
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
  listen,
  O_NONBLOCK,
  type Pid,
  POLLIN,
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
import { bomb } from './bomb.ts'
import { fastenSeatBelt } from './seatBelt.ts'

const port = Number(process.argv[2] ?? 7777)

fastenSeatBelt() // leave it on: see README.md, "What protects your machine"
const children = new Set<Pid>()
const top = initialize()
console.log(`daemon process ${getpid()}: port ${port}`)

for (;;) {
  if (!isSomebodyThere()) continue
  const accepted = acceptClient()
  if (accepted === undefined) continue
  startServerProcess(accepted)
  close(accepted)
}

function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  fcntl(top, F_SETFL, fcntl(top, F_GETFL) | O_NONBLOCK)
  sigaction('SIGCHLD', { handler: collect })
  // It comes in ppoll and nowhere else: never between a look at the children and the wait for them.
  sigprocmask(SIG_BLOCK, ['SIGCHLD'])
  return top
}

/** Waits for a client, or for a child to end. */
function isSomebodyThere(): boolean {
  // TODO, step 2: at most four children
  return wait([{ fd: top, events: POLLIN }], -1) > 0
}

/** The number of descriptors that are ready; 0 if the time is up, in ms, or a signal has come. */
function wait(watched: { fd: Fd; events: number }[], timeout: number): number {
  try {
    return ppoll(watched, timeout, [])
  } catch (error) {
    if (isSystemError(error, 'EINTR')) return 0
    throw error
  }
}

function acceptClient(): Fd | undefined {
  try {
    return accept(top)
  } catch (error) {
    if (isSystemError(error, 'EAGAIN', 'EINTR', 'ECONNABORTED')) return undefined
    // TODO, step 3: no descriptor left
    throw error
  }
}

function startServerProcess(accepted: Fd): void {
  // TODO, step 4: no process left
  const pid = fork()
  if (pid === 0) serverProcess(accepted)
  children.add(pid)
}

function collect(): void {
  for (const pid of children) {
    // TODO, step 6: what the server process leaves behind
    if (waitpid(pid, WNOHANG) !== null) children.delete(pid)
  }
}

function serverProcess(accepted: Fd): never {
  try {
    // TODO, steps 5 and 6: a limit of processes; a process group
    sigaction('SIGCHLD', { handler: 'default' })
    sigprocmask(SIG_SETMASK, [])
    close(top)
    serve(accepted)
  } catch (error) {
    // What is thrown must not get back into the loop above: this is the child.
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) {
      console.error(error)
      _exit(1)
    }
  }
  _exit(0)
}

/** Echoes each line. At the word `bomb` something goes off. */
function serve(accepted: Fd): void {
  let text = ''
  const buffer = Buffer.alloc(4096)
  for (let length = read(accepted, buffer); length > 0; length = read(accepted, buffer)) {
    const lines = (text + buffer.toString('latin1', 0, length)).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      if (line === 'bomb' && fork() === 0) bomb()
      writeAll(accepted, Buffer.from(`${line}\n`, 'latin1'))
    }
  }
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += write(fd, bytes.subarray(done))
}
