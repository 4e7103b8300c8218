// Lab 6, solution: a server that has limits, and lives on when it meets those of the system.
//
//   npx truefork run labs/solutions/06-limits/server.ts 7777
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
  RLIMIT_NPROC,
  read,
  SIG_BLOCK,
  SIG_SETMASK,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  setpgid,
  setrlimit,
  setsockopt,
  sigaction,
  sigprocmask,
  socket,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  waitid,
  waitpid,
  write,
} from 'truefork/posix'
import { bomb } from '../../06-limits/bomb.ts'
import { fastenSeatBelt, processesOfUser } from '../../06-limits/seatBelt.ts'

const port = Number(process.argv[2] ?? 7777)
const maxChildren = 4
const maxProcesses = 16

fastenSeatBelt()
// RLIMIT_NPROC counts all processes of the user, also those that have nothing to do with this server.
const processLimit = processesOfUser() + maxProcesses
const children = new Set<Pid>()
const top = initialize()
console.log(`daemon process ${getpid()}: port ${port}, ${maxChildren} clients at most`)

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

/** Waits for a client, or for a child to end. At the limit clients stay in the accept queue. */
function isSomebodyThere(): boolean {
  const watched = children.size < maxChildren ? [{ fd: top, events: POLLIN }] : []
  return wait(watched, -1) > 0
}

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
    if (!isSystemError(error, 'EMFILE', 'ENFILE')) throw error
    // The client stays in the queue, and poll would say so again at once.
    console.error(`${error.message}: a pause`)
    wait([], 100)
    return undefined
  }
}

function startServerProcess(accepted: Fd): void {
  try {
    const pid = fork()
    if (pid === 0) serverProcess(accepted)
    children.add(pid)
  } catch (error) {
    if (!isSystemError(error, 'EAGAIN', 'ENOMEM')) throw error
    console.error(`${error.message}: a client was sent away`)
    apologize(accepted)
  }
}

function apologize(accepted: Fd): void {
  try {
    write(accepted, 'busy, come again\n')
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error
  }
}

/** What a server process has left behind ends with it. */
function collect(): void {
  for (const pid of children) {
    // Only looked at: as long as the zombie is there, nobody else gets its number.
    if (waitid({ type: 'pid', id: pid }, WEXITED | WNOHANG | WNOWAIT) === null) continue
    killGroup(pid)
    waitpid(pid)
    children.delete(pid)
  }
}

function killGroup(leader: Pid): void {
  try {
    kill(-leader, 'SIGKILL')
  } catch (error) {
    if (!isSystemError(error, 'ESRCH', 'EPERM')) throw error // nobody is left
  }
}

function serverProcess(accepted: Fd): never {
  try {
    setpgid(0, 0)
    setrlimit(RLIMIT_NPROC, { soft: processLimit, hard: processLimit })
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
