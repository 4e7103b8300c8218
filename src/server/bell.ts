// The bell with which server processes of the model prefork call the daemon process: a pipe. They
// write, and it waits for what is read there.
import { F_SETFL, O_NONBLOCK, POLLIN } from '../posix/constants.ts'
import { close, fcntl, type PollFd, pipe, read, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import type { Fd } from '../posix/types.ts'

export class Bell {
  /** What the daemon process waits for, and only it keeps. */
  readonly heard: PollFd
  readonly #rope: Fd

  constructor() {
    const [heard, rope] = pipe()
    for (const fd of [heard, rope]) fcntl(fd, F_SETFL, O_NONBLOCK)
    this.heard = { fd: heard, events: POLLIN }
    this.#rope = rope
  }

  // A full pipe is heard as well; nobody hears where the daemon process is dead.
  ring(): void {
    try {
      write(this.#rope, '!')
    } catch (error) {
      if (!isSystemError(error, 'EAGAIN', 'EPIPE')) throw error
    }
  }

  /** In the daemon process, when it has heard it. */
  silence(): void {
    if (!this.heard.revents) return
    this.heard.revents = 0
    try {
      read(this.heard.fd, bytes)
    } catch (error) {
      if (!isSystemError(error, 'EAGAIN', 'EINTR')) throw error
    }
  }

  /** In a process that does not ring it any more. */
  letGo(): void {
    close(this.#rope)
  }
}

const bytes = Buffer.alloc(64)
