// The top sockets: one for each address on which the server listens.
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  EADDRINUSE,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  POLLIN,
  SO_ACCEPTCONN,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from '../posix/constants.ts'
import { close, type PollFd } from '../posix/descriptors.ts'
import { systemError } from '../posix/errors.ts'
import { getsockopt, setsockopt } from '../posix/socketOptions.ts'
import {
  bind,
  type Endpoint,
  formatAddress,
  getsockname,
  listen,
  type SocketAddress,
  socket,
} from '../posix/sockets.ts'
import type { Fd } from '../posix/types.ts'
import {
  isInPlace,
  removeSocketFile,
  removeStale,
  type SocketFile,
  socketFile,
} from './socketFile.ts'

/** A top socket, bound, in the shape in which poll takes it. */
export interface Top extends PollFd {
  address: SocketAddress
  /** Opened here, or passed by a service manager, which goes on holding it. */
  origin: 'opened' | 'passed'
  /** What the service manager calls it. */
  name?: string
  /** The address of the options: of port 0, that another was found does not matter. */
  wanted?: string
}

export class TopSockets {
  /** Every top socket, in the order of the options. */
  readonly all: readonly Top[]
  /** Those from which clients are taken. */
  listening: readonly Top[]
  isOpen = true
  readonly #files: SocketFile[] = []
  /** Files of the daemon process whose place this one takes: its own only once it listens. */
  readonly #heirlooms: SocketFile[] = []
  #last = -1

  /**
   * Opens a top socket for each address, or none: what was opened before one fails is closed again.
   *
   * @param passed those that a service manager has opened
   * @param inherited those of the daemon process whose place this one takes (hot upgrade)
   * @throws SystemError of bind(2), EADDRINUSE, EACCES
   */
  constructor(
    addresses: readonly Endpoint[],
    passed: readonly Top[],
    inherited: readonly Top[] = [],
  ) {
    const tops = [...passed]
    this.all = tops
    this.listening = tops
    try {
      const left = [...inherited]
      for (const address of addresses) tops.push(this.#take(left, address) ?? this.#open(address))
      for (const { fd } of left) close(fd)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #take(inherited: Top[], address: Endpoint): Top | undefined {
    const wanted = formatAddress(address)
    const index = inherited.findIndex(top => top.wanted === wanted)
    if (index < 0) return undefined
    if ('path' in address) this.#heirlooms.push(socketFile(address.path))
    return inherited.splice(index, 1)[0]
  }

  #open(address: Endpoint): Top {
    const fd = 'path' in address ? this.#openUnix(address.path) : openInternet(address)
    const wanted = formatAddress(address)
    return { fd, events: POLLIN, address: getsockname(fd), origin: 'opened', wanted }
  }

  #openUnix(path: string): Fd {
    removeStale(path)
    return opened(AF_UNIX, fd => {
      bind(fd, { path })
      this.#files.push(socketFile(path))
      // At once: until it listens it refuses, as a stale one does, and another start would replace it.
      listen(fd, SOMAXCONN)
    })
  }

  /** @throws SystemError of listen(2), EADDRINUSE */
  listen(backlog: number): void {
    for (const { fd, origin } of this.all) {
      // Who passed it has said already how many clients may wait.
      const listens = origin === 'passed' && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) === 1
      if (!listens) listen(fd, backlog)
    }
  }

  /** @throws SystemError EADDRINUSE: another server has put its UNIX socket in the place of ours */
  checkFiles(): void {
    const lost = this.#files.find(file => !isInPlace(file))
    if (lost) throw systemError(EADDRINUSE, 'listen', `unix:${lost.path}`)
    this.#files.push(...this.#heirlooms)
  }

  /** After poll: the next in turn that has a client waiting. None is kept waiting by another. */
  next(): Top | undefined {
    const { listening } = this
    for (let step = 0; step < listening.length; step++) {
      this.#last = (this.#last + 1) % listening.length
      const top = listening[this.#last] as Top
      if (top.revents) return top
    }
    return undefined
  }

  /**
   * For one of several processes that take clients: the next in turn comes first.
   *
   * @param isStopping without those that were passed: who waits there is served after the next start
   */
  inTurn(isStopping: boolean): readonly Top[] {
    const tops = isStopping ? this.all.filter(({ origin }) => origin === 'opened') : this.all
    if (tops.length < 2) return tops
    this.#last = (this.#last + 1) % tops.length
    return [...tops.slice(this.#last), ...tops.slice(0, this.#last)]
  }

  /**
   * The accept queues take nobody more; those who wait in them are served yet. A socket that was
   * passed is left as it is: who waits there is served after the next start.
   */
  refuseNewcomers(): void {
    this.listening = this.all.filter(({ origin }) => origin === 'opened')
    for (const { fd } of this.listening) listen(fd, 0)
  }

  /**
   * Takes the files of UNIX sockets away, where they are still those that were made here.
   *
   * @returns why some are still there
   */
  removeFiles(): string[] {
    return this.#files
      .splice(0)
      .map(removeSocketFile)
      .filter(reason => reason !== undefined)
  }

  /** Closes them; whoever waits in an accept queue still is told so, by a reset. */
  close(): string[] {
    if (!this.isOpen) return []
    // Before: an open socket keeps the inode of its file from being given to another.
    const left = this.removeFiles()
    this.leave()
    return left
  }

  /** Another process has them now, and the files of UNIX sockets with them. */
  handOver(): void {
    this.#files.length = 0
    this.leave()
  }

  /** Closes the copies of a process that does not listen. */
  leave(): void {
    this.isOpen = false
    for (const { fd } of this.all) close(fd)
  }
}

function openInternet(address: { host: string; port: number }): Fd {
  const family = address.host.includes(':') ? AF_INET6 : AF_INET
  return opened(family, fd => {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    // Systems differ in the default: :: is for both families, any other address for its own.
    if (family === AF_INET6) {
      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.host === '::' ? 0 : 1)
    }
    bind(fd, address)
  })
}

function opened(family: number, prepare: (fd: Fd) => void): Fd {
  const fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK)
  try {
    prepare(fd)
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}
