// The end of a child. Node would take its threads down, which do not exist in a child, and wait
// for them for ever. So a child runs its own 'exit' listeners and then leaves by _exit.
import { inspect } from 'node:util'
import { binding } from '../posix/binding.ts'
import { _exit } from '../posix/processes.ts'
import { asFd } from '../posix/types.ts'
import { isForked } from './lineage.ts'
import { writeWhole } from './output.ts'

const ends = ['beforeExit', 'exit'] as const
type Listener = (code: number) => void

let uncaught: { error: unknown } | undefined

/** Once, in the parent: what is set up here costs the forks that follow nothing. */
export function prepareExitPath(): void {
  binding.onEnd(endNaturally)
  const { reallyExit, emit } = process as typeof process & { reallyExit(code: number): never }
  Object.assign(process, {
    // The last step of process.exit().
    reallyExit: (code: number) => (isForked() ? _exit(code) : reallyExit.call(process, code)),
    // process.exit(), the natural end and an uncaught exception all come by here.
    emit(this: NodeJS.Process, ...event: Parameters<typeof emit>) {
      const name = event[0] as string
      if (isForked() && (name === 'exit' || name === 'beforeExit')) dropInheritedListeners()
      const result = emit.apply(this, event)
      if (isForked() && name === 'exit') endChild(Number(process.exitCode ?? 0))
      return result
    },
  })
  process.prependListener('uncaughtExceptionMonitor', error => {
    // Where the program listens, it decides what is said and how it ends.
    if (isForked() && process.listenerCount('uncaughtException') === 0) uncaught = { error }
  })
}

const inherited = { beforeExit: [] as Listener[], exit: [] as Listener[] }

/** In the parent, before each fork: these speak of the parent's end, not of the child's. */
export function noteExitListeners(): void {
  for (const end of ends) inherited[end] = process.rawListeners(end) as Listener[]
}

function dropInheritedListeners(): void {
  for (const end of ends) {
    for (const listener of inherited[end]) {
      // Node's own sets the status of a process whose top-level await never settles.
      if (listener.name !== 'handleProcessExit') process.removeListener(end, listener)
    }
    inherited[end] = []
  }
}

// Node would first wait for the work that V8 has left to its thread, which no child has: after a
// collection of old objects, or for WebAssembly that is worth optimizing. All that is missing is
// what from Node 22 on only Node knows: that a top-level await never settles.
function endNaturally(final: boolean): void {
  const code = Number(process.exitCode ?? 0)
  if (!final) process.emit('beforeExit', code)
  // Not process.exit(), which takes away the listener by which Node 20 knows it.
  else process.emit('exit', code)
}

function endChild(code: number): never {
  if (uncaught !== undefined && code !== 0) {
    // Node prints it after 'exit', where this process does not come any more.
    tell(`Uncaught ${inspect(uncaught.error)}\n\nNode.js ${process.version}\n`)
  }
  return _exit(code)
}

function tell(message: string): void {
  try {
    writeWhole(asFd(2), message)
  } catch {
    // Nobody is there to read it. The status still tells.
  }
}
