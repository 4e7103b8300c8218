declare const brand: unique symbol

/** A file descriptor. A plain number at run time; a type of its own, so that no other number fits. */
export type Fd = number & { readonly [brand]: 'Fd' }

/** A process id. */
export type Pid = number & { readonly [brand]: 'Pid' }

/**
 * Takes a number for a descriptor: for those that come from elsewhere, as `0` or `process.argv`.
 *
 * @returns the same number, as a descriptor; whether it is open is not looked at
 * @throws nothing
 * @see open(2)
 * @example
 * write(asFd(1), 'hello\n')
 */
export const asFd = (number: number): Fd => number as Fd

/**
 * Takes a number for a process id.
 *
 * @returns the same number, as a process id; whether there is such a process is not looked at
 * @throws nothing
 * @see getpid(2)
 * @example
 * kill(asPid(process.pid), 0)
 */
export const asPid = (number: number): Pid => number as Pid
