import { SA_RESTART } from '../posix/constants.ts'
import { sharedMemory } from '../posix/memory.ts'
import { sigaction } from '../posix/signals.ts'

/**
 * That the server stops, as its server processes learn it. The news is a byte of shared memory: a
 * server process that has not yet asked cannot miss it. SIGURG only makes it look: a signal that
 * does nothing to those who never asked, since to ignore it is its default.
 */
export class Draining {
  static readonly signal = 'SIGURG'
  readonly #news = new Uint8Array(sharedMemory(1))
  #controller: AbortController | undefined

  /** In the daemon process: from now on it drains. */
  begin(): void {
    this.#news[0] = 1
    this.#look()
  }

  /** In whoever serves: aborted once the server drains. */
  get abortSignal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      sigaction(Draining.signal, { handler: () => this.#look(), flags: SA_RESTART })
    }
    this.#look()
    return this.#controller.signal
  }

  /** The next client has a signal of its own. */
  forget(): void {
    this.#controller = undefined
  }

  #look(): void {
    if (this.#news[0] === 1) this.#controller?.abort()
  }
}
