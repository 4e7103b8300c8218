// Signals in JavaScript: dispositions, and the delivery of what was caught.
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
import { namesOf, numbersOf, type Signal, signalName, signalNumber } from './signalNames.ts'

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
const chosen = new Set<number>()

/**
 * What Node itself blocks, until the program says otherwise: with --disable-sigusr1 that signal, so
 * that nobody takes it for the debugger's.
 */
export const nodeBlocks = new Set(
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
