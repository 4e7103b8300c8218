// The top process: opens the top sockets, forks the daemon process, closes its copies, returns. What a
// person must see goes wrong here, before anything goes to the background.
import { fork } from '../fork/fork.ts'
import { close, pipe, read, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { _exit } from '../posix/processes.ts'
import type { SocketAddress } from '../posix/sockets.ts'
import { describeStatus } from '../posix/status.ts'
import type { Fd, Pid } from '../posix/types.ts'
import { waitpid } from '../posix/wait.ts'
import { daemonProcess, type Role, sequentialProcess } from './daemonProcess.ts'
import { enter } from './flowchart.ts'
import { type Plan, Server } from './server.ts'
import { type Legacy, listens } from './successor.ts'

/** What a process knows when serve returns in it. */
export type Outcome = ({ role: 'top'; daemon: Pid } & Where) | { role: Role }

/** Where the daemon listens; host and port are those of the first top socket that has some. */
export interface Where {
  addresses: SocketAddress[]
  host?: string
  port?: number
  /** The live page. */
  live?: string
}

/** @throws SystemError of bind(2) or listen(2), in the foreground, also with `daemon` */
export function topProcess(plan: Plan): Outcome {
  enter('top', 'top socket')
  const server = new Server(plan)
  const model = loopOf(plan)
  if (plan.legacy) return { role: model(server, tellPredecessor(plan.legacy)) }
  if (!plan.settings.daemon) return { role: model(server, () => {}) }

  const [hears, tells] = pipe()
  enter('top', 'fork')
  const pid = fork()
  if (pid === 0) {
    close(hears)
    return { role: daemonInBackground(server, model, tells) }
  }
  enter('top', 'close top socket')
  for (const fd of server.daemonsOwn) close(fd)
  close(tells)
  const { live } = awaitWord(hears, pid)
  enter('top', 'return 0')
  const addresses = server.tops.all.map(({ address }) => address)
  const first = addresses.find(address => 'host' in address)
  return {
    role: 'top',
    daemon: pid,
    addresses,
    ...(first && { host: first.host, port: first.port }),
    ...(live !== undefined && { live }),
  }
}

/** The life of a daemon process. */
type Loop = (server: Server, onListening: () => void) => Role

const loopOf = ({ settings, prefork }: Plan): Loop =>
  prefork?.process ?? (settings.model === 'sequential' ? sequentialProcess : daemonProcess)

const tellPredecessor =
  ({ tells }: Legacy) =>
  () => {
    try {
      write(tells, listens)
    } catch (error) {
      // It was killed in the meantime: all the more reason to serve.
      if (!isSystemError(error, 'EPIPE')) throw error
    }
    close(tells)
  }

interface Listening {
  listening: true
  live?: string
}

// The daemon's word to the top process: one line of JSON, then the end of the pipe.
type Word = Listening | { message: string; code?: string; syscall?: string }

function daemonInBackground(server: Server, model: Loop, tells: Fd): Role {
  let told = false
  const tell = (word: Word) => {
    write(tells, JSON.stringify(word))
    close(tells)
    told = true
  }
  try {
    const live = () => server.live && { live: server.live.url }
    return model(server, () => tell({ listening: true, ...live() }))
  } catch (error) {
    if (told) throw error
    const { message, code, syscall } = error as Error & { code?: string; syscall?: string }
    tell({ message, ...(code && { code }), ...(syscall && { syscall }) })
    return _exit(1)
  }
}

function awaitWord(hears: Fd, daemon: Pid): Listening {
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
  if ('listening' in word) return word
  waitpid(daemon)
  throw Object.assign(new Error(word.message), { code: word.code, syscall: word.syscall })
}
