// Names of signals and this system's numbers of them.
import { binding } from './binding.ts'
import { wrongArgument } from './errors.ts'

/** A signal by name or by this system's number. */
export type Signal = NodeJS.Signals | number

const names = new Map(Object.entries(binding.signals).map(([name, number]) => [number, name]))

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

/** The names of signals, by their numbers. */
export const namesOf = (numbers: number[]) => numbers.map(signalName)
