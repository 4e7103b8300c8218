// Signals in JavaScript: dispositions, masks, and the delivery of what was caught.
//
// The C handler only notes a signal and ends the wait of the main thread (native/dispositions.h). The
// JavaScript handler runs here: when a blocking call comes back with EINTR, or on the next turn of
// the event loop.
import { binding } from './binding.ts'
import {
  EINTR,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
} from './constants.ts'
import { check, systemError, wrongArgument } from './errors.ts'

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

/** A handler of sigaction, by JavaScript: it runs on the main thread, never in signal context. */
export type SignalHandler = (signal: NodeJS.Signals) => void

/** The handlers in JavaScript, by number of signal. */
export const caught = new Map<number, { handler: SignalHandler; flags: number; mask: number[] }>()
const names = new Map(Object.entries(binding.signals).map(([name, number]) => [number, name]))
const chosen = new Set<number>()
// With --disable-sigusr1 Node blocks that signal, so that nobody takes it for the debugger's.
const nodeBlocks = new Set(
  process.execArgv.includes('--disable-sigusr1') ? [binding.signals.SIGUSR1 as number] : [],
)

// As the native part has it, also where a trace is kept: what holds signals back while a handler
// runs is no call of the program's.
const { setMask } = binding

/** How a handler is called: a trace notes when. */
export const delivery = {
  call: (handler: SignalHandler, signal: NodeJS.Signals): void => handler(signal),
}

let watching = false

/**
 * The name of a signal's number.
 *
 * @returns the name; of a number that has none, as that of a real-time signal, `SIG` and the number
 * @throws nothing
 * @see signal(7)
 * @example
 * signalName(SIGTERM) // 'SIGTERM'
 */
export function signalName(number: number): NodeJS.Signals {
  return (names.get(number) ?? `SIG${number}`) as NodeJS.Signals
}

/**
 * The number of a signal on this system.
 *
 * @returns the number; one that is given is passed on
 * @throws TypeError: the system has no signal of that name
 * @see signal(7)
 * @example
 * signalNumber('SIGTERM') === SIGTERM
 */
export function signalNumber(signal: Signal): number {
  if (Number.isInteger(signal)) return signal as number
  const number = Object.hasOwn(binding.signals, signal) ? binding.signals[signal] : undefined
  if (number !== undefined) return number
  throw wrongArgument('signal', `a signal of this system, got ${String(signal)}`)
}

/**
 * Tells whether this system has a signal of that name: SIGINFO exists on FreeBSD alone.
 *
 * @returns true if it has
 * @throws nothing
 * @see signal(7)
 * @example
 * isSignal('SIGHUP') // true
 */
export function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(binding.signals, name)
}

/** The numbers of signals that were given as the argument `name`. */
export function numbersOf(signals: readonly Signal[], name: string): number[] {
  if (!Array.isArray(signals)) throw wrongArgument(name, 'an array of signals')
  return signals.map(signalNumber)
}
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
  if (typeof action !== 'object' || action === null) throw wrongArgument('action', 'an object')
  const { handler, flags = 0, mask = [] } = action
  if (typeof handler !== 'function' && handler !== 'default' && handler !== 'ignore') {
    throw wrongArgument('handler', "a function, 'default' or 'ignore'")
  }
  watchSignals()
  const kind = typeof handler === 'function' ? 'catch' : handler
  const held = numbersOf(mask, 'mask')
  check(binding.setDisposition(number, kind, flags, held), 'sigaction', signalName(number))
  chosen.add(number)
  if (nodeBlocks.delete(number)) binding.setMask(SIG_UNBLOCK, [number])
  if (typeof handler === 'function') caught.set(number, { handler, flags, mask: held })
  else caught.delete(number)
  return old
}

/** The numbers of all signals that are ignored now, real-time signals among them. */
export const ignoredSignals = (): number[] => binding.ignoredSignals()

/** True once the program itself has set what it does about the signal. */
export const isChosen = (signal: Signal): boolean => chosen.has(signalNumber(signal))

/**
 * Before the first handler of ours: has what is caught handed over by the event loop, and has
 * libuv's own handlers found.
 */
export function watchSignals(): void {
  if (watching) return
  watching = true
  binding.watchSignals(deliverSignals)
}

function dispositionOf(number: number): Required<Disposition> {
  const entry = caught.get(number)
  if (entry) return { handler: entry.handler, flags: entry.flags, mask: namesOf(entry.mask) }
  const ignored = check(binding.isIgnored(number), 'sigaction', signalName(number)) === 1
  return { handler: ignored ? 'ignore' : 'default', flags: 0, mask: [] }
}

/**
 * Runs the handlers of all signals caught since the last time, lowest number first.
 *
 * @returns true if one of them was set without `SA_RESTART`: the call that was interrupted fails
 * with EINTR
 */
export function deliverSignals(): boolean {
  let interrupts = false
  let waiting: number[] = []
  for (;;) {
    waiting = [...new Set([...waiting, ...binding.takeSignals()])].sort((a, b) => a - b)
    const number = waiting.shift()
    if (number === undefined) return interrupts
    const entry = caught.get(number)
    if (!entry) continue
    const { handler, flags, mask } = entry
    const held = (flags & SA_NODEFER) === 0 ? [number, ...mask] : mask
    // What the handler does not hold back may come while it runs, should it wait for that.
    const free = waiting.filter(other => !held.includes(other))
    if (free.length > 0) binding.putBack(free)
    waiting = waiting.filter(other => held.includes(other))
    if ((flags & SA_RESTART) === 0) interrupts = true
    if ((flags & SA_RESETHAND) !== 0) caught.delete(number)
    const old = setMask(SIG_BLOCK, held) as number[]
    try {
      delivery.call(handler, signalName(number))
    } catch (error) {
      // The others are not lost, but come with the next call or turn.
      if (waiting.length > 0) binding.putBack(waiting)
      throw error
    } finally {
      setMask(SIG_SETMASK, old)
    }
  }
}

/**
 * Makes a call that may wait, as often as signals interrupt it: their handlers run, and it is
 * made again, or fails with EINTR if one of them was set without `SA_RESTART`.
 */
export function interruptible(
  call: () => number,
  syscall: string,
  subject: () => string = () => '',
): number {
  for (;;) {
    const result = call()
    if (result >= 0) return result
    const interrupted = deliverSignals() // also SIGPIPE, which comes with an EPIPE
    if (result !== -EINTR || interrupted) throw systemError(-result, syscall, subject())
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
  watchSignals() // libuv's handlers must be known: they are left alone
  const numbers = numbersOf(signals, 'signals')
  const old = binding.setMask(how, numbers)
  if (typeof old === 'number') throw systemError(-old, 'sigprocmask')
  for (const number of numbers) nodeBlocks.delete(number)
  deliverSignals()
  return namesOf(old)
}

/**
 * The blocked signals that wait for the main thread, as sigpending(2).
 *
 * @returns their names; those that are not blocked are never among them
 * @throws nothing
 * @see sigpending(2)
 * @example
 * sigprocmask(SIG_BLOCK, ['SIGHUP'])
 * kill(getpid(), 'SIGHUP')
 * sigpending() // [ 'SIGHUP' ]
 */
export function sigpending(): NodeJS.Signals[] {
  return namesOf(binding.pendingSignals())
}

/**
 * Waits, with `mask` in place of the signal mask, until a signal has been caught and its handler
 * has run, as sigsuspend(2). That call always fails with EINTR; this one simply returns.
 *
 * @throws TypeError: no signal of this system is among them. What a handler throws comes out of it
 * @see sigsuspend(2)
 * @example
 * const old = sigprocmask(SIG_BLOCK, ['SIGCHLD'])
 * while (!ended) sigsuspend(old)
 */
export function sigsuspend(mask: readonly Signal[]): void {
  binding.suspend(numbersOf(mask, 'mask'))
  deliverSignals()
}

// What Node catches before any program runs.
const nodesOwn = numbersOf(['SIGINT', 'SIGTERM', 'SIGUSR1'], 'signals')

/** The signals that a child which goes its own way does not handle as its parent does. */
export const handledSignals = (): number[] => [...nodesOwn, ...caught.keys()]

/**
 * For a child that goes its own way: default dispositions for what its parent caught and for what
 * Node catches before any program runs, an empty mask, nothing pending.
 */
export function resetSignals(): void {
  binding.resetSignals(handledSignals())
  caught.clear()
  binding.setMask(SIG_SETMASK, [])
}
