// Signals in JavaScript: dispositions, masks, and the delivery of what was caught.
//
// The C handler only notes a signal and ends the wait of the main thread (native/signals.h). The
// JavaScript handler runs here: when a blocking call comes back with EINTR, or on the next turn of
// the event loop.
import { binding } from './binding.ts'
import { EINTR, SA_RESETHAND, SA_RESTART, SIG_BLOCK, SIG_SETMASK } from './constants.ts'
import { check, systemError } from './errors.ts'

/** A signal by name or by this system's number. */
export type Signal = NodeJS.Signals | number

/** What a process does about a signal. */
export interface Disposition {
  /** A function, `'default'` or `'ignore'`. The function gets the name of the signal. */
  handler: SignalHandler | 'default' | 'ignore'
  /** `SA_RESTART`, `SA_NOCLDSTOP`, `SA_NOCLDWAIT`, `SA_NODEFER`, `SA_RESETHAND`, or'ed. */
  flags?: number
  /** Signals blocked while the handler runs, beside the one that it handles. */
  mask?: readonly Signal[]
}

export type SignalHandler = (signal: NodeJS.Signals) => void

const caught = new Map<number, { handler: SignalHandler; flags: number; mask: number[] }>()
const names = new Map(Object.entries(binding.signals).map(([name, number]) => [number, name]))
let watching = false

/** The name of a signal's number: `signalName(15)` is `'SIGTERM'`. */
export function signalName(number: number): NodeJS.Signals {
  return (names.get(number) ?? `SIG${number}`) as NodeJS.Signals
}

/** The number of a signal on this system. A name that the system does not have is a TypeError. */
export function signalNumber(signal: Signal): number {
  const number = typeof signal === 'number' ? signal : binding.signals[signal]
  if (number !== undefined) return number
  throw new TypeError(`signal: ${String(signal)} is not a signal of this system`)
}

/** True for the name of a signal that this system has: SIGINFO exists on FreeBSD alone. */
export function isSignal(name: string): name is NodeJS.Signals {
  return name in binding.signals
}

const numbersOf = (signals: readonly Signal[]) => signals.map(signalNumber)
const namesOf = (numbers: number[]) => numbers.map(signalName)

/**
 * Examines and changes what the process does about a signal, as sigaction(2).
 *
 * A handler runs on the main thread, never in signal context: after the call that the signal
 * interrupted has come back, and before it is made again where `SA_RESTART` is set; without that
 * flag the call throws EINTR. Outside of blocking calls it runs on the next turn of the event
 * loop. Signals of one kind that arrive together may be one call, as in UNIX. Handlers that Node
 * itself installed are replaced, and reported as `'default'`; listeners of `process.on(signal)`
 * that exist already keep working beside a handler set here.
 *
 * @param signal a name or number
 * @param action the new disposition; leave it out to only ask
 * @returns the disposition until now
 * @throws SystemError EINVAL: not a signal, or SIGKILL or SIGSTOP
 * @see sigaction(2)
 * @example
 * sigaction('SIGCHLD', { handler: () => { while (waitpid(-1, WNOHANG)) continue }, flags: SA_RESTART })
 */
export function sigaction(signal: Signal, action?: Disposition): Required<Disposition> {
  const number = signalNumber(signal)
  const old = dispositionOf(number)
  if (action === undefined) return old
  const { handler, flags = 0, mask = [] } = action
  if (typeof handler !== 'function' && handler !== 'default' && handler !== 'ignore') {
    throw new TypeError("handler: expected a function, 'default' or 'ignore'")
  }
  if (!watching) {
    watching = true
    binding.watchSignals(deliverSignals)
  }
  const kind = typeof handler === 'function' ? 'catch' : handler
  const held = numbersOf(mask)
  check(binding.setDisposition(number, kind, flags, held), 'sigaction', signalName(number))
  if (typeof handler === 'function') caught.set(number, { handler, flags, mask: held })
  else caught.delete(number)
  return old
}

function dispositionOf(number: number): Required<Disposition> {
  const entry = caught.get(number)
  if (entry) return { handler: entry.handler, flags: entry.flags, mask: namesOf(entry.mask) }
  const ignored = check(binding.isIgnored(number), 'sigaction', signalName(number)) === 1
  return { handler: ignored ? 'ignore' : 'default', flags: 0, mask: [] }
}

/**
 * Runs the handlers of all signals caught since the last time.
 *
 * @returns true if one of them was set without `SA_RESTART`: the call that was interrupted fails
 * with EINTR
 */
export function deliverSignals(): boolean {
  let interrupts = false
  const signals = binding.takeSignals()
  try {
    for (let number = signals.shift(); number !== undefined; number = signals.shift()) {
      const entry = caught.get(number)
      if (!entry) continue
      if ((entry.flags & SA_RESTART) === 0) interrupts = true
      if ((entry.flags & SA_RESETHAND) !== 0) caught.delete(number)
      runHandler(number, entry)
    }
  } finally {
    // A handler threw: the others are not lost, but come with the next call or turn.
    if (signals.length > 0) binding.putBack(signals)
  }
  return interrupts
}

function runHandler(number: number, entry: { handler: SignalHandler; mask: number[] }): void {
  const old = binding.setMask(SIG_BLOCK, [number, ...entry.mask]) as number[]
  try {
    entry.handler(signalName(number))
  } finally {
    binding.setMask(SIG_SETMASK, old)
  }
}

/**
 * Makes a call that may wait, as often as signals interrupt it: their handlers run, and it is
 * made again, or fails with EINTR if one of them was set without `SA_RESTART`.
 */
export function interruptible(call: () => number, syscall: string, subject?: string): number {
  for (;;) {
    const result = call()
    if (result !== -EINTR) return check(result, syscall, subject)
    if (deliverSignals()) throw systemError(EINTR, syscall, subject)
  }
}

/**
 * Examines and changes which signals the main thread blocks, as sigprocmask(2). A blocked signal
 * waits: it is delivered when it is unblocked, before this call returns.
 *
 * @param how `SIG_BLOCK`, `SIG_UNBLOCK` or `SIG_SETMASK`
 * @returns the mask until now
 * @throws SystemError EINVAL: `how` is none of the three
 * @see sigprocmask(2)
 * @example
 * const old = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
 * sigprocmask(SIG_SETMASK, old)
 */
export function sigprocmask(how: number, signals: readonly Signal[]): NodeJS.Signals[] {
  const old = binding.setMask(how, numbersOf(signals))
  if (typeof old === 'number') throw systemError(-old, 'sigprocmask')
  deliverSignals()
  return namesOf(old)
}

/** The blocked signals that wait for the main thread, as sigpending(2). */
export function sigpending(): NodeJS.Signals[] {
  return namesOf(binding.pendingSignals())
}

/**
 * Waits, with `mask` in place of the signal mask, until a signal has been caught and its handler
 * has run, as sigsuspend(2). That call always fails with EINTR; this one simply returns.
 *
 * @see sigsuspend(2)
 * @example
 * const old = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
 * while (!ended) sigsuspend(old)
 */
export function sigsuspend(mask: readonly Signal[]): void {
  binding.suspend(numbersOf(mask))
  deliverSignals()
}

/**
 * For a child that goes its own way: default dispositions for what its parent caught and for what
 * Node catches before any program runs, an empty mask, nothing pending.
 */
export function resetSignals(): void {
  const nodes = numbersOf(['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'])
  binding.resetSignals([...new Set([...nodes, ...caught.keys()])])
  caught.clear()
  binding.setMask(SIG_SETMASK, [])
}
