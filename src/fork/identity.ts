// Who am I? Node keeps the process id that it saw at its start.
import { syncBuiltinESMExports } from 'node:module'
import { getpid } from '../posix/processes.ts'

// A getter set once in the parent is right in every child, at no cost to any fork.
Object.defineProperty(process, 'pid', { get: getpid, enumerable: true, configurable: true })

/** Mends `import { pid } from 'node:process'`, which is a copy. */
export function refreshIdentity(): void {
  syncBuiltinESMExports()
}
