// Lab 3: every server process is collected when it has ended.
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
const top = initialize()
sigaction('SIGCHLD', { handler: collectChildren, flags: SA_RESTART })
console.log(`process ${process.pid} listens on 127.0.0.1:${port}`)
for (;;) {
  const accepted = accept(top)
  if (fork() === 0) serverProcess(accepted)
  close(accepted)
}

/** Serves one client, and ends. */
function serverProcess(accepted: Fd): never {
  close(top)
  serve(accepted)
  close(accepted)
  _exit(0)
}

/** Process signals: collects every child that has ended; there may be several, or none. */
function collectChildren(): void {
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
