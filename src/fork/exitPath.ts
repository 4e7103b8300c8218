// The end of a child. Node would take its threads down, which do not exist in a child, and wait
// for them for ever. So a child runs its 'exit' listeners and then leaves by _exit.
import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { _exit } from '../posix/processes.ts'

let isChild = false
let installed = false
let uncaught: { error: unknown } | undefined

/** Once, in the parent: what is set up here costs the forks that follow nothing. */
export function prepareExitPath(): void {
  if (installed) return
  installed = true
  const { reallyExit, emit } = process as typeof process & { reallyExit(code: number): never }
  Object.assign(process, {
    // The last step of process.exit().
    reallyExit: (code: number) => (isChild ? _exit(code) : reallyExit.call(process, code)),
    // The natural end, and an uncaught exception, come by here and nowhere else.
    emit(this: NodeJS.Process, ...event: Parameters<typeof emit>) {
      const result = emit.apply(this, event)
      if (isChild && (event[0] as string) === 'exit') endChild(Number(process.exitCode ?? 0))
      return result
    },
  })
}

/** In the child. Listeners of the parent speak of the parent's end. */
export function takeExitPath(): void {
  isChild = true
  process.removeAllListeners('exit')
  process.removeAllListeners('beforeExit')
  process.prependListener('uncaughtExceptionMonitor', error => {
    uncaught = { error }
  })
}

function endChild(code: number): never {
  if (uncaught !== undefined && code !== 0) {
    // Node prints it after 'exit', where this process does not come any more.
    writeSync(2, `Uncaught ${inspect(uncaught.error)}\n\nNode.js ${process.version}\n`)
  }
  return _exit(code)
}
