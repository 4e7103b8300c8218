// What a library with state of its own does around a fork, as pthread_atfork(3) and Python's
// os.register_at_fork: it takes its locks and flushes before, and mends its state after.

type Hook = () => void

/** The hooks, in the order in which they are run. */
export const hooks = { before: [] as Hook[], inParent: [] as Hook[], inChild: [] as Hook[] }

/**
 * Has a function called before each fork of this process, also those of a server. The hooks run
 * in reverse order: what was registered last is undone first. One that throws prevents the fork.
 *
 * @param hook synchronous: nothing that it leaves to the event loop has happened when the fork is
 * made, and a request that it starts, as of a file, would make it unsafe
 * @throws TypeError: it is no function
 * @see pthread_atfork(3)
 * @example
 * beforeFork(() => cache.flushSync())
 */
export function beforeFork(hook: Hook): void {
  hooks.before.unshift(checked(hook))
}

/**
 * Has a function called in the parent after each fork, in the order of registration; also where
 * the fork has failed, so that it can always undo what was done before.
 *
 * @throws TypeError: it is no function
 * @see pthread_atfork(3)
 * @example
 * afterForkInParent(() => lock.release())
 */
export function afterForkInParent(hook: Hook): void {
  hooks.inParent.push(checked(hook))
}

/**
 * Has a function called in the child of each fork, in the order of registration: when all of
 * truefork's own repairs are done, before the first signal can arrive, before fork returns.
 *
 * @throws TypeError: it is no function
 * @see pthread_atfork(3)
 * @example
 * afterForkInChild(() => pool.forgetConnections())
 */
export function afterForkInChild(hook: Hook): void {
  hooks.inChild.push(checked(hook))
}

function checked(hook: Hook): Hook {
  if (typeof hook !== 'function') throw new TypeError('hook: expected a function')
  return hook
}
