// The end of a child. Node would take its threads down, which do not exist in a child, and wait
// for them for ever. So a child runs its own 'exit' listeners and then leaves by _exit.
import { inspect } from 'node:util'
import { binding } from '../posix/binding.ts'
import { _exit } from '../posix/processes.ts'
import { asFd } from '../posix/types.ts'
import { isForked } from './lineage.ts'
import { writeWhole } from './output.ts'

/** What Node's own code calls on its way to the end. */
interface Internals {
  _exiting: boolean
  /** The last step of process.exit(). */
  reallyExit(code: number): never
  /** Has the listeners decide on an exception that nobody has caught. True: go on. */
  _fatalException(error: unknown, fromPromise: boolean): boolean
}
const internals = process as unknown as Internals

/** Node's status where a handler of uncaught exceptions throws itself. */
const handlerThrew = 7

let isFailing = false

/** Once, in the parent: what is set up here costs the forks that follow nothing. */
export function prepareExitPath(): void {
  binding.onEnd(endNaturally)
  const { emit } = process
  const { reallyExit, _fatalException: handle } = internals
  Object.assign(process, {
    reallyExit: (code: number) => (isForked() ? _exit(code) : reallyExit.call(process, code)),
    // The natural end comes by here, too.
    emit(this: NodeJS.Process, ...event: Parameters<typeof emit>) {
      const result = emit.apply(this, event)
      if (isForked() && (event[0] as string) === 'exit' && !isFailing) _exit(exitCode(0))
      return result
    },
    _fatalException(this: NodeJS.Process, error: unknown, fromPromise: boolean) {
      const decide = () => handle.call(this as unknown as Internals, error, fromPromise)
      return isForked() ? fail(error, decide) : decide()
    },
  })
}

const exitCode = (preset: number) => Number(process.exitCode ?? preset)

function fail(error: unknown, decide: () => boolean): boolean {
  isFailing = true
  try {
    isFailing = !decide()
  } catch (thrown) {
    tell(thrown)
    _exit(handlerThrew)
  }
  if (!isFailing) return true
  tell(error)
  return _exit(exitCode(1))
}

function tell(error: unknown): void {
  try {
    writeWhole(asFd(2), `Uncaught ${inspect(error)}\n\nNode.js ${process.version}\n`)
  } catch {
    // Nobody is there to read it. The status still tells.
  }
}

// Node would first wait for the work that V8 has left to its thread, which no child has: after a
// collection of old objects, or for WebAssembly that is worth optimizing. All that is missing is
// what from Node 22 on only Node knows: that a top-level await never settles.
function endNaturally(final: boolean): void {
  // Not process.exit(), which takes away the listener by which Node 20 knows it.
  if (final) internals._exiting = true
  const { emit }: NodeJS.EventEmitter = process
  emit.call(process, final ? 'exit' : 'beforeExit', exitCode(0))
}

// Of the properties of an EventEmitter, the one that all Nodes have.
interface Events {
  _events?: { exit?: unknown; beforeExit?: unknown }
}

/**
 * Whether exitListeners would find any, by a look that calls no function: a child that serves asks
 * as the last thing in its life.
 */
export function hasExitListeners(): boolean {
  const events = (process as unknown as Events)._events
  if (!events) return exitListeners().length > 0
  const { exit, beforeExit } = events
  if (beforeExit !== undefined) return true
  return exit !== undefined && (exit as Listener).name !== nodesOwn
}

// It sets the status of a process whose top-level await never settles.
const nodesOwn = 'handleProcessExit'

type Listener = (code: number) => void
export type ExitListeners = readonly (readonly ['beforeExit' | 'exit', Listener])[]

/** In the parent: what speaks of the parent's end, not of its child's. */
export function exitListeners(): ExitListeners {
  return (['beforeExit', 'exit'] as const).flatMap(end =>
    (process.rawListeners(end) as Listener[])
      .filter(({ name }) => name !== nodesOwn)
      // The last first: of those that are registered twice, Node removes the last.
      .reverse()
      .map(listener => [end, listener] as const),
  )
}

/** In the child. */
export function dropExitListeners(listeners: ExitListeners): void {
  for (const [end, listener] of listeners) process.removeListener(end, listener)
}
