// The live page as the daemon process sees it, which starts its process and outlives it.
//
//   link   a pair of sockets. The daemon process holds one end, and no other process of the server;
//          the process of the page holds the other. It says that it is ready, and ends when it
//          hears the end of file: whatever becomes of the daemon process, by SIGKILL, too
//
// Nothing of it stands in the trace: it shows the server, not who watches it.
import { fileURLToPath } from 'node:url'
import { forkApart } from '../../fork/fork.ts'
import { writeWhole } from '../../fork/output.ts'
import {
  AF_UNIX,
  F_DUPFD_CLOEXEC,
  F_SETFD,
  FD_CLOEXEC,
  O_RDWR,
  POLLIN,
  SHUT_WR,
  SOCK_STREAM,
  WNOHANG,
} from '../../posix/constants.ts'
import { close, closeOnExecFrom, dup2, fcntl, open, poll, read } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import { execve } from '../../posix/execve.ts'
import { _exit, kill } from '../../posix/processes.ts'
import { shutdown, socketpair } from '../../posix/sockets.ts'
import { describeStatus } from '../../posix/status.ts'
import { tracing } from '../../posix/tracing.ts'
import { asFd, type Fd, type Pid } from '../../posix/types.ts'
import { waitpid } from '../../posix/wait.ts'
import { play } from '../flowchart.ts'
import type { Server } from '../server.ts'
import { liveTitle } from '../title.ts'
import type { LivePlan } from './livePlan.ts'
import { openPageSocket } from './pageSocket.ts'

/** What a daemon process passes on to the one that takes its place (hot upgrade). */
export interface LiveLegacy {
  link: Fd
  url: string
  /** As the options say. */
  port: number
  file: string | undefined
  /** Of a trace that has no name. */
  trace: Fd | undefined
}

/** Out of the way: a program finds the numbers that it would find without. */
const farAway = 250

/** Node has to start; and to end it has a last picture to send. */
const startMs = 60_000
const endMs = 1000

const program = fileURLToPath(new URL('../../live/main.js', import.meta.url))

export class LiveKeeper {
  readonly #server: Server
  #link: Fd | undefined
  /** Undefined where another daemon process has started it. */
  #pid: Pid | undefined
  /** Else whoever starts or ends it collects it. */
  #isReady = false
  /** Where the page is. */
  url = ''

  /** @param inherited that of the daemon process whose place this one takes */
  constructor(server: Server, inherited: LiveLegacy | undefined) {
    this.#server = server
    const { live, trace } = server.settings
    if (inherited?.port === live && inherited?.file === trace) this.#adopt(inherited as LiveLegacy)
    else if (inherited) unseen(() => close(inherited.link))
  }

  #adopt({ link, url }: LiveLegacy): void {
    unseen(() => fcntl(link, F_SETFD, FD_CLOEXEC))
    this.#link = link
    this.url = url
  }

  /**
   * Starts it, unless it runs already, and waits until it is ready.
   *
   * @throws SystemError of bind(2): EADDRINUSE, EACCES; of fork(2); ForkUnsafeError
   */
  start(): void {
    if (this.#link === undefined) unseen(() => this.#start())
  }

  #start(): void {
    const page = openPageSocket(this.#server.settings.live as number)
    const [near, its] = socketpair(AF_UNIX, SOCK_STREAM)
    const link = asFd(fcntl(near, F_DUPFD_CLOEXEC, farAway))
    close(near)
    try {
      const pid = forkApart(liveTitle)
      if (pid === 0) becomePage(this.#server, { page: page.fd, link: its })
      this.#pid = pid
      this.#link = link
      this.url = page.url
    } catch (error) {
      close(link)
      throw error
    } finally {
      close(page.fd)
      close(its)
    }
    this.#awaitReady()
  }

  #awaitReady(): void {
    const buffer = Buffer.alloc(1024)
    const length = this.#awaitWord(startMs) ? read(this.#link as Fd, buffer) : 0
    const word = buffer.toString('utf8', 0, length).trim()
    this.#isReady = word === 'ready'
    if (this.#isReady) return
    const { pid, status } = this.#kill()
    const reason = word || (status && describeStatus(status))
    const message = `live: the process of the page (pid ${pid}) did not come to serve: ${reason}`
    throw Object.assign(new Error(message), { code: 'ECHILD', syscall: 'execve' })
  }

  /** On SIGCHLD: it is a child, too, and no server process. The server goes on without it. */
  collect(): void {
    const pid = this.#pid
    if (pid === undefined || !this.#isReady) return
    const ended = unseen(() => waitpid(pid, WNOHANG))
    if (!ended) return
    this.#pid = undefined
    // Handed over, it ended because nobody wanted it any more.
    if (this.#link === undefined) return
    this.leave()
    const message = `the live page (pid ${pid}) has ended: ${describeStatus(ended.status)}`
    this.#server.report({ event: 'error', message })
  }

  /** In a process that was forked, first of all: it is the daemon's. */
  leave(): void {
    const link = this.#link
    if (link === undefined || this.#server.isPlaying) return
    this.#link = undefined
    unseen(() => close(link))
  }

  /** In the child that becomes the next daemon process: for whom the page goes on. */
  get legacy(): LiveLegacy | undefined {
    const { live, trace: file } = this.#server.settings
    const link = this.#link
    if (link === undefined || live === undefined) return undefined
    const trace = file === undefined ? tracing.now?.file : undefined
    unseen(() => {
      for (const fd of [link, trace]) if (fd !== undefined) fcntl(fd, F_SETFD, 0)
    })
    return { link, url: this.url, port: live, file, trace }
  }

  /** The server has stopped. The page shows how, and ends. */
  end(): void {
    const link = this.#link
    if (link === undefined) return
    this.#isReady = false
    unseen(() => {
      shutdown(link, SHUT_WR)
      this.#awaitWord(endMs)
      this.#kill()
    })
    this.leave()
  }

  // True once it has said something, or has ended. Handlers of signals run meanwhile.
  #awaitWord(ms: number): boolean {
    const deadline = performance.now() + ms
    for (;;) {
      const left = Math.ceil(deadline - performance.now())
      if (left <= 0) return false
      try {
        return poll([{ fd: this.#link as Fd, events: POLLIN }], left) > 0
      } catch (error) {
        if (!isSystemError(error, 'EINTR')) throw error
      }
    }
  }

  #kill(): { pid: Pid | undefined; status: ReturnType<typeof statusOf> } {
    const pid = this.#pid
    this.#pid = undefined
    if (pid === undefined) return { pid, status: undefined }
    kill(pid, 'SIGKILL')
    return { pid, status: statusOf(pid) }
  }
}

const statusOf = (pid: Pid) => waitpid(pid)?.status

/** Nothing of it is traced. */
function unseen<Result>(act: () => Result): Result {
  const end = play()
  try {
    return act()
  } finally {
    end()
  }
}

// In the child. It is still who the daemon process was: it gives its privileges up when it has loaded
// what it needs.
function becomePage(server: Server, { page, link }: { page: Fd; link: Fd }): never {
  try {
    const trace = tracing.now?.file as Fd
    const { uid, gid, groups } = server.privileges
    const plan: LivePlan = { page, trace, link, user: { uid, gid, groups } }
    closeOnExecFrom(3)
    for (const fd of [page, trace, link]) fcntl(fd, F_SETFD, 0)
    const nowhere = open('/dev/null', O_RDWR)
    for (const standard of [0, 1]) dup2(nowhere, asFd(standard))
    // What is loaded into the server by them has no business here.
    const { NODE_OPTIONS: _, ...environment } = process.env
    execve(process.execPath, [process.execPath, program, JSON.stringify(plan)], environment)
  } catch (error) {
    writeWhole(link, (error as Error).message)
    return _exit(71)
  }
}
