// The top process: opens the top socket, forks the daemon process, closes its copy, returns. What a
// person must see goes wrong here, before anything goes to the background.
import { fork } from '../fork/fork.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../posix/constants.ts'
import { close, pipe, read, write } from '../posix/descriptors.ts'
import { _exit, waitpid } from '../posix/processes.ts'
import { bind, getsockname, setsockopt, socket } from '../posix/sockets.ts'
import { describeStatus } from '../posix/status.ts'
import type { Fd, Pid } from '../posix/types.ts'
import type { Settings } from './configuration.ts'
import { daemonProcess, type Role, sequentialProcess } from './daemonProcess.ts'
import type { ServeOptions } from './options.ts'
import { type Handler, Server, type Top } from './server.ts'

/** What a process knows when serve returns in it. */
export type Outcome = { role: 'top'; daemon: Pid; host: string; port: number } | { role: Role }

export interface Plan {
  given: ServeOptions
  settings: Settings
  /** The numeric address that the host option names. */
  host: string
  handler: Handler
}

/** @throws SystemError of bind(2) or listen(2), in the foreground, also with `daemon` */
export function topProcess(plan: Plan): Outcome {
  const top = openTopSocket(plan.host, plan.settings.port)
  const server = new Server(plan.given, plan.settings, plan.handler, top)
  if (!plan.settings.daemon) return { role: becomeDaemon(server, () => {}) }

  const [hears, tells] = pipe()
  const pid = fork()
  if (pid === 0) {
    close(hears)
    return { role: daemonInBackground(server, tells) }
  }
  close(top.fd)
  close(tells)
  awaitWord(hears, pid)
  const { host, port } = top.address as { host: string; port: number }
  return { role: 'top', daemon: pid, host, port }
}

function openTopSocket(host: string, port: number): Top {
  const family = host.includes(':') ? AF_INET6 : AF_INET
  const fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK)
  try {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    // Systems differ in the default: :: is for both families, any other address for its own.
    if (family === AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, host === '::' ? 0 : 1)
    bind(fd, { host, port })
    return { fd, address: getsockname(fd) }
  } catch (error) {
    close(fd)
    throw error
  }
}

const becomeDaemon = (server: Server, onListening: () => void): Role =>
  server.settings.model === 'sequential'
    ? sequentialProcess(server, onListening)
    : daemonProcess(server, onListening)

// The daemon's word to the top process: one line of JSON, then the end of the pipe.
type Word = { listening: true } | { message: string; code?: string; syscall?: string }

function daemonInBackground(server: Server, tells: Fd): Role {
  let told = false
  const tell = (word: Word) => {
    write(tells, JSON.stringify(word))
    close(tells)
    told = true
  }
  try {
    return becomeDaemon(server, () => tell({ listening: true }))
  } catch (error) {
    if (told) throw error
    const { message, code, syscall } = error as Error & { code?: string; syscall?: string }
    tell({ message, ...(code && { code }), ...(syscall && { syscall }) })
    return _exit(1)
  }
}

function awaitWord(hears: Fd, daemon: Pid): void {
  const buffer = Buffer.alloc(4096)
  const length = read(hears, buffer)
  close(hears)
  if (length === 0) {
    const status = waitpid(daemon)?.status
    throw new Error(
      `the daemon process ended before it listened: ${status && describeStatus(status)}`,
    )
  }
  const word = JSON.parse(buffer.toString('utf8', 0, length)) as Word
  if ('listening' in word) return
  waitpid(daemon)
  throw Object.assign(new Error(word.message), { code: word.code, syscall: word.syscall })
}
