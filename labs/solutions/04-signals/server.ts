// Lab 4: signals that come at the wrong moment.
import {
  _exit,
  AF_INET,
  accept,
  bind,
  close,
  describeStatus,
  type Fd,
  fork,
  isSystemError,
  listen,
  POLLIN,
  poll,
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
let childEnded = false
const top = initialize()
sigaction('SIGCHLD', { handler: noteEnd })
// Blocked everywhere but in ppoll: between the look at childEnded and the wait none can come.
const mask = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
console.log(`process ${process.pid} listens on 127.0.0.1:${port}`)
for (;;) {
  if (childEnded) collectChildren()
  keepHouse()
  if (!waitForClient()) continue
  const accepted = accept(top)
  if (fork() === 0) serverProcess(accepted)
  close(accepted)
}

/** Process signals: the work is done in the loop. */
function noteEnd(): void {
  childEnded = true
}

/** Waits for a client. False: a signal has come first. */
function waitForClient(): boolean {
  try {
    return ppoll([{ fd: top, events: POLLIN }], -1, mask) > 0
  } catch (error) {
    if (!isSystemError(error, 'EINTR')) throw error
    return false
  }
}

/** Stands for work that takes half a second, such as a status file on a slow disk. */
function keepHouse(): void {
  try {
    poll([], 500)
  } catch (error) {
    if (!isSystemError(error, 'EINTR')) throw error
  }
}

/** Serves one client, and ends. The signals of the daemon process are not its own. */
function serverProcess(accepted: Fd): never {
  sigaction('SIGCHLD', { handler: 'default' })
  sigprocmask(SIG_SETMASK, mask)
  close(top)
  serve(accepted)
  close(accepted)
  _exit(0)
}

/** Collects every child that has ended; there may be several, or none. */
function collectChildren(): void {
  // First: a child that ends from here on is noted anew.
  childEnded = false
  try {
    for (let child = waitpid(-1, WNOHANG); child; child = waitpid(-1, WNOHANG)) {
      console.log(`process ${child.pid}: ${describeStatus(child.status)}`)
    }
  } catch (error) {
    // Nobody is left to wait for.
    if (!isSystemError(error, 'ECHILD')) throw error
  }
}

/** Makes the top socket, which listens. */
function initialize(): Fd {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port })
  listen(top, 64)
  return top
}

/** Sends back whatever the client sends, until it sends no more. */
function serve(accepted: Fd): void {
  const buffer = Buffer.alloc(4096)
  try {
    for (let length = read(accepted, buffer); length > 0; length = read(accepted, buffer)) {
      write(accepted, buffer.subarray(0, length))
    }
  } catch (error) {
    // A client who is gone concerns nobody else.
    if (!isSystemError(error, 'ECONNRESET', 'EPIPE')) throw error
  }
}
