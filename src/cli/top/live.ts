// The live view: a snapshot every second, a picture of it, and what the keys ask for.
import { kill } from '../../posix/processes.ts'
import { inOrder, type Row } from './order.ts'
import { bodyHeight, picture } from './picture.ts'
import { Screen } from './screen.ts'
import { type Key, keyOf, type Look, takeSnapshot } from './snapshot.ts'
import type { System } from './system.ts'
import { firstView, type KeyPress, press, type SendEffect, settle, type View } from './view.ts'

export interface LiveOptions {
  sort: View['sort']
  reverse: boolean
  intervalMs: number
}

/** Returns once the user has enough. A signal that ends the process ends it, with its terminal as before. */
export function live(system: System, server: Key, options: LiveOptions): Promise<void> {
  const screen = new Screen(process.stdin, process.stdout)
  return new Promise(resolve => {
    const session = new Session(system, server, screen, options)
    const end = () => {
      session.stop()
      resolve()
    }
    screen.onKey(key => session.press(key, end))
    screen.onResize(() => session.draw())
    screen.onGone(end)
    restoreAtTheEnd(screen)
    process.on('SIGCONT', () => session.resume())
    session.resume()
  })
}

// `exit` comes after an error has been printed, which would be lost with the alternate screen.
function restoreAtTheEnd(screen: Screen): void {
  process.on('uncaughtExceptionMonitor', () => screen.leave())
  process.on('exit', () => screen.leave())
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    process.once(signal, () => {
      screen.leave()
      kill(process.pid, signal) // whoever waits for this process sees how it ended
    })
  }
}

class Session {
  readonly #system: System
  readonly #screen: Screen
  readonly #intervalMs: number
  #snapshot: Look
  #rows: Row[] = []
  #view: View
  #timer: NodeJS.Timeout | undefined

  constructor(system: System, server: Key, screen: Screen, options: LiveOptions) {
    this.#system = system
    this.#screen = screen
    this.#snapshot = { time: new Date(), processes: [], members: new Set([server]) }
    this.#view = firstView(options.sort, options.reverse)
    this.#intervalMs = options.intervalMs
  }

  resume(): void {
    clearInterval(this.#timer)
    this.#screen.enter()
    this.#timer = setInterval(() => this.#look(), this.#intervalMs)
    this.#look()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#screen.leave()
  }

  press(key: KeyPress, end: () => void): void {
    const height = bodyHeight(this.#screen.size)
    const { view, effect } = press(this.#view, key, this.#rows, height)
    this.#view = view
    if (!effect || effect.kind === 'send') this.#show(effect)
    else if (effect.kind === 'suspend') this.#suspend()
    else end()
  }

  #show(effect: SendEffect | undefined): void {
    if (effect) this.#view = { ...this.#view, message: this.#sent(effect) }
    this.#rows = inOrder(this.#snapshot.processes, this.#view.sort, this.#view.reverse)
    this.draw()
  }

  draw(): void {
    const { size } = this.#screen
    this.#view = settle(this.#view, this.#rows, bodyHeight(size))
    this.#screen.draw(picture(this.#snapshot, this.#rows, this.#view, size))
  }

  #look(): void {
    this.#snapshot = takeSnapshot(this.#system, this.#snapshot.members)
    if (this.#snapshot.members.size === 0) {
      this.#view = {
        ...this.#view,
        prompt: { kind: 'none' },
        message: 'the server has ended; q quits',
      }
    }
    this.#show(undefined)
  }

  // As the terminal does it for Ctrl-Z: the whole job, with what has started this process. SIGCONT
  // comes back here; where no shell can continue a job the signal is ignored, and nothing happens.
  #suspend(): void {
    this.stop()
    kill(0, 'SIGTSTP')
    this.resume()
  }

  #sent({ target, signal }: SendEffect): string {
    // Its pid may have become another's while the question stood there.
    const isThere = this.#system.processes().some(one => keyOf(one) === keyOf(target))
    if (!isThere) return `${target.pid} has ended in the meantime: nothing was sent`
    try {
      kill(target.pid, signal)
      return `${signal} sent to ${target.pid}`
    } catch (error) {
      return (error as Error).message
    }
  }
}
