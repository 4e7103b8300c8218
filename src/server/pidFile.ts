// The pid file: tells others which process the daemon is, and keeps a second one from starting.
//
// The lock is that of flock(2), as in FreeBSD's pidfile(3): it belongs to the open file, so that the
// daemon process has it from the top process without a gap. A lock by fcntl(2) would end with the
// process that took it. What comes with that: every copy of the descriptor is the lock, and server
// processes close theirs.
import { fstatSync, ftruncateSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { LOCK_EX, LOCK_NB, O_CREAT, O_NOCTTY, O_NONBLOCK, O_RDWR } from '../posix/constants.ts'
import { close, flock, open, poll, read } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { getpid } from '../posix/processes.ts'
import type { Fd } from '../posix/types.ts'

// Whoever can open the file can lock it, and keep the server from starting.
const ownerOnly = 0o600

/** Between the lock and the pid lies a start: a fork, and what is done before the first client. */
const patienceMs = 3000
const stepMs = 5

export class PidFile {
  readonly #path: string
  /** The descriptor that is the lock. Server processes close it. */
  readonly fd: Fd
  #isOurs: boolean

  /**
   * Opens the file and locks it; a file that is left of a server that is gone has no lock.
   *
   * @param lock that of the daemon process whose place this one is to take (hot upgrade)
   * @throws SystemError EAGAIN: it is locked, and the message says by which process; of open(2)
   */
  constructor(path: string, lock?: Fd) {
    this.#path = resolve(path)
    const isLocked = lock !== undefined && isInPlace(lock, this.#path)
    this.fd = isLocked ? lock : openLocked(this.#path)
    this.#isOurs = !isLocked
    if (!isLocked) ftruncateSync(this.fd)
  }

  /** In the daemon process, once it listens. */
  write(): void {
    ftruncateSync(this.fd)
    writeSync(this.fd, `${getpid()}\n`, 0)
    this.#isOurs = true
  }

  /** Another process has the file and its lock now. */
  handOver(): void {
    this.#isOurs = false
    close(this.fd)
  }

  /** At a clean stop. The lock is held until the file is gone. */
  remove(): void {
    if (!this.#isOurs) return
    // Where the server has given up the right to remove it, or a chroot hides it, at least it names
    // nobody any more.
    ftruncateSync(this.fd)
    try {
      if (isInPlace(this.fd, this.#path)) unlinkSync(this.#path)
    } catch {}
    close(this.fd)
  }
}

function openLocked(path: string): Fd {
  for (;;) {
    // O_NONBLOCK: a FIFO of that name must not hold the start up.
    const fd = open(path, O_RDWR | O_CREAT | O_NOCTTY | O_NONBLOCK, ownerOnly)
    try {
      flock(fd, LOCK_EX | LOCK_NB)
      // Whoever had it may have removed the file before the lock was had: then it locks nothing.
      if (isInPlace(fd, path)) return fd
    } catch (error) {
      const { message } = error as Error
      const reason = isSystemError(error, 'EAGAIN') ? whoRuns(fd) : message
      close(fd)
      throw Object.assign(error as Error, { message: `${path}: ${reason}` })
    }
    close(fd)
  }
}

function isInPlace(fd: Fd, path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  const own = fstatSync(fd)
  return found?.ino === own.ino && found.dev === own.dev
}

function whoRuns(fd: Fd): string {
  const buffer = Buffer.alloc(32)
  for (let waited = 0; waited < patienceMs; waited += stepMs) {
    const pid = buffer.toString('utf8', 0, read(fd, buffer)).trim()
    if (/^\d+$/.test(pid)) return `already running with pid ${pid}`
    poll([], stepMs)
  }
  return 'already running, and about to write its pid'
}
