declare const brand: unique symbol

/** A file descriptor. A plain number at run time; a type of its own, so that no other number fits. */
export type Fd = number & { readonly [brand]: 'Fd' }

/** A process id. */
export type Pid = number & { readonly [brand]: 'Pid' }

/** Takes a number for a descriptor: for those that come from elsewhere, as `0` or `process.argv`. */
export const asFd = (number: number): Fd => number as Fd

/** Takes a number for a process id. */
export const asPid = (number: number): Pid => number as Pid
