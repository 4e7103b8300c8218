// How a mistake is made: one system call of the server's is replaced by what a program makes of it
// whose author has forgotten something. All calls go through the binding, so that is the place.
import { type Binding, binding } from '../posix/binding.ts'
import { WNOHANG } from '../posix/constants.ts'

/** In which process we are, and which descriptors it holds: seen from the calls alone. */
export const view = {
  /** True in a server process: it was forked while a client's socket was open. */
  isServer: false,
  /** Who has forked this process. */
  parent: 0,
  /** The sockets that listen. */
  tops: new Set<number>(),
  /** The sockets of clients. */
  accepted: new Set<number>(),
  /** The last of them. */
  newest: undefined as number | undefined,
}

export { binding }

/** Replaces a call; `call` is how it was. */
export function replace<Name extends keyof Binding>(
  name: Name,
  by: (call: Binding[Name]) => Binding[Name],
): void {
  Object.assign(binding, { [name]: by(binding[name]) })
}

/** Keeps the view current. To be called before anything is replaced. */
export function watchCalls(): void {
  replace('listen', call => (fd, backlog) => {
    const result = call(fd, backlog)
    if (result === 0) view.tops.add(fd)
    return result
  })
  replace('accept', call => (fd, from) => {
    const result = call(fd, from)
    if (result < 0) return result
    view.accepted.add(result)
    view.newest = result
    return result
  })
  replace('close', call => fd => {
    view.tops.delete(fd)
    view.accepted.delete(fd)
    return call(fd)
  })
  replace('fork', call => (...args) => {
    const parent = binding.getpid()
    const pid = call(...args)
    if (pid !== 0) return pid
    view.parent = parent
    view.isServer ||= view.accepted.size > 0
    return 0
  })
}

/** True while the daemon process serves, and not only stops. */
export const isListening = (): boolean => !view.isServer && view.tops.size > 0

/** True for a wait that does not wait: the one of the server's that collects its children. */
export const isCollecting = (options: number): boolean =>
  isListening() && (options & WNOHANG) === WNOHANG

/** Once the daemon process stops, it collects all: nobody need kill it. */
export function collectAtTheEnd(): void {
  replace('close', call => fd => {
    const wasListening = isListening()
    const result = call(fd)
    if (wasListening && !isListening())
      binding.kill(binding.getpid(), binding.signals.SIGCHLD as number)
    return result
  })
}

const nothing = new Int32Array(new SharedArrayBuffer(4))

/** Sleeps: what opens the window of a race far enough to be seen. */
export const pause = (ms: number): void => {
  Atomics.wait(nothing, 0, 0, ms)
}
