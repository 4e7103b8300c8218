// The whole text in one file, with nothing but system calls: top process, daemon process, server
// process and process signals.
//
//   truefork run examples/classic.ts         prints who is who, returns to the shell
//   nc 127.0.0.1 7777                        in another terminal, or in several
//   ps -o pid,ppid,stat,args -C node         look who is whose child, and that nobody is a zombie
//   kill -TERM PID                           with the pid of the daemon process: it ends
// biome-ignore format: one call a line would hide the program behind its imports
import {
  _exit, AF_INET, accept, bind, close, type Fd, fork, getpid, isSystemError, listen, read,
  SA_RESTART, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, setsid, setsockopt, sigaction, socket,
  WNOHANG, waitpid, write,
} from 'truefork/posix'

topProcess()

function topProcess(): void {
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port: Number(process.env.PORT ?? 7777) })
  const daemon = fork()
  if (daemon === 0) daemonProcess(top)
  close(top)
  console.log(`top process ${getpid()}: the daemon process is ${daemon}`)
}

function daemonProcess(top: Fd): never {
  initializeDaemon()
  listen(top, 64)
  for (;;) {
    const accepted = accept(top)
    if (fork() === 0) serverProcess(top, accepted)
    close(accepted)
  }
}

function initializeDaemon(): void {
  setsid()
  sigaction('SIGCHLD', { handler: processSignals, flags: SA_RESTART })
}

function serverProcess(top: Fd, accepted: Fd): never {
  close(top)
  const status = serve(accepted)
  close(accepted)
  _exit(status)
}

function serve(accepted: Fd): number {
  const buffer = Buffer.alloc(4096)
  for (let length = read(accepted, buffer); length > 0; length = read(accepted, buffer)) {
    write(accepted, buffer.subarray(0, length))
  }
  return 0
}

function processSignals(): void {
  try {
    while (waitpid(-1, WNOHANG));
  } catch (error) {
    if (!isSystemError(error, 'ECHILD')) throw error
  }
}
