import { binding } from './binding.ts'
import { type Signal, signalNumber } from './signalNames.ts'
import type { Pid } from './types.ts'

/**
 * Has a signal that this process catches act by default, at once, where another process says so in
 * shared memory: also while JavaScript computes and does not look. In the C handler, once.
 *
 * @param signal one that has a handler of JavaScript's
 * @param two numbers in shared memory that is never freed: equal, and not 0, means at once
 * @param parent 0, or the parent of this process: at once, too, when that is no longer its parent
 * @see sigaction(2)
 * @example
 * sigaction('SIGTERM', { handler: () => { ending = true } })
 * actAtOnceIf('SIGTERM', orders, 0)
 */
export function actAtOnceIf(signal: Signal, two: Int32Array, parent: Pid | 0): void {
  binding.actAtOnceIf(signalNumber(signal), two, parent)
}
