import { close, pipe } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import type { Fd } from '../posix/types.ts'

/**
 * Descriptors that are held back, so that a client can be sent away when there is no other left.
 * It would stay in the accept queue otherwise, and keep the top socket ready: no wait would wait.
 */
export class Reserve {
  // A pipe: it needs no file, which a chroot could hide, and no permission.
  #held: Fd[] = []

  /** If the system has some. */
  take(): void {
    if (this.#held.length > 0) return
    try {
      this.#held = pipe()
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }

  /** @returns whether there were any */
  giveUp(): boolean {
    const held = this.#held.splice(0)
    for (const fd of held) close(fd)
    return held.length > 0
  }
}
