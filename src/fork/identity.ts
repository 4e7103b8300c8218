// Who am I? Node keeps the process id that it saw at its start.
import { syncBuiltinESMExports } from 'node:module'
import { getpid } from '../posix/processes.ts'

// Somebody has read process.pid since we last knew.
let wasRead = true
let isImported = false

// A getter set once in the parent is right in every child, at no cost to any fork.
Object.defineProperty(process, 'pid', {
  get() {
    wasRead = true
    return getpid()
  },
  enumerable: true,
  configurable: true,
})

/**
 * In the parent. `import { pid } from 'node:process'` is a copy, which only this mends, for all
 * modules of Node at once and at a price: up to 3 ms the first time, 80 to 600 µs in a child. So it
 * is found out whether anybody has imported it: then the copy is made by reading process.pid.
 *
 * @returns whether children have to call refreshIdentity
 */
export function prepareIdentity(): boolean {
  if (isImported || !wasRead) return isImported
  wasRead = false
  syncBuiltinESMExports()
  isImported = wasRead
  wasRead = false
  return isImported
}

/** In the child. */
export const refreshIdentity = syncBuiltinESMExports
