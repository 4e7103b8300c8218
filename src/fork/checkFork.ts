// Is it safe to fork here and now? fork(2) copies one thread and all memory: whatever the other
// threads were doing stays half done in the child for ever.
import { createRequire } from 'node:module'
import { binding, type Examination } from '../posix/binding.ts'
import { check, systemError } from '../posix/errors.ts'
import { isLaunched, launchFlags, nodeOptions } from './launch.ts'
import { heldOutput } from './output.ts'
import { liveWorkers } from './workers.ts'

/** The name of a reason, which stays the same. */
export type UnsafeCode =
  | 'flags'
  | 'worker'
  | 'loader-hooks'
  | 'inspector'
  | 'profiler'
  | 'io-uring'
  | 'busy-thread'
  | 'hidden-threads'
  | 'requests'
  | 'output'

/** One reason why fork would not be safe, and what to do about it. */
export interface UnsafeReason {
  code: UnsafeCode
  message: string
  remedy: string
}

/** Thrown by fork where it would not be safe. Nothing has been forked. */
export class ForkUnsafeError extends Error {
  override readonly name = 'ForkUnsafeError'
  readonly code = 'ERR_FORK_UNSAFE'
  readonly reasons: readonly UnsafeReason[]

  constructor(reasons: readonly UnsafeReason[]) {
    const lines = reasons.map(({ message, remedy }) => `${message}: ${remedy}`)
    super(`fork is not safe here: ${lines.join('; ')}`)
    this.reasons = reasons
  }
}

/**
 * Tells why fork would not be safe at this moment. It waits up to half a second for V8's own
 * threads to come to rest.
 *
 * @returns one reason for each cause, with its remedy; empty where fork is safe
 * @throws nothing: what is wrong is in what it returns
 * @see docs/fork.md
 * @example
 * for (const { message, remedy } of checkFork()) console.error(`${message}: ${remedy}`)
 */
export function checkFork(): UnsafeReason[] {
  return [...reasonsFromStart(), ...reasonsOfTheMoment()]
}

/** Reasons that lie in how the process was started: they stay. */
export function reasonsFromStart(): UnsafeReason[] {
  fromStart ??= [...flagReasons(), ...optionReasons()]
  return fromStart
}
let fromStart: UnsafeReason[] | undefined

function flagReasons(): UnsafeReason[] {
  if (isLaunched()) return []
  const flags = launchFlags.join(' ')
  const message = `node was started without ${flags}`
  const remedy = `start the program with \`truefork run FILE\`, or with \`node ${flags} FILE\``
  return [{ code: 'flags', message, remedy }]
}

// As options of node these have no thread that could be seen at every moment.
function optionReasons(): UnsafeReason[] {
  const given = (pattern: RegExp) => nodeOptions().find(option => pattern.test(option))
  const profiler = given(/^--(cpu-prof|heap-prof|prof|perf-(basic-)?prof)$/)
  const loader = given(/^--(experimental-)?loader(=|$)/)
  return present([
    profiler !== undefined && profiling(`node was started with the profiler ${profiler}`),
    loader !== undefined && loaderHooks(`node was started with ${loader}`),
  ])
}

const present = (reasons: (UnsafeReason | false)[]) => reasons.filter(reason => reason !== false)

const loaderHooks = (message: string): UnsafeReason => ({
  code: 'loader-hooks',
  message,
  remedy: 'use module.registerHooks(), which needs no thread, or compile beforehand',
})

const profiling = (message: string): UnsafeReason => ({
  code: 'profiler',
  message,
  remedy: 'start it without; profile one process that does not fork',
})

/** Reasons that can be gone the next moment. */
function reasonsOfTheMoment(): UnsafeReason[] {
  const found = binding.examine()
  if (typeof found === 'number') {
    const { message } = systemError(-found, 'open /proc/self/task')
    const remedy = 'mount /proc where the process runs'
    return [{ code: 'hidden-threads', message: `the threads cannot be seen: ${message}`, remedy }]
  }
  const reasons = threadReasons(found)
  return [...(reasons.length > 0 ? reasons : busyThreads(found)), ...requestReasons(found)]
}

/**
 * Before a chroot or a change of user, after which the system does not show the threads any more:
 * keeps what is needed to look at those that there are. Children do not inherit it.
 *
 * @throws SystemError of open(2)
 */
export function keepThreadsVisible(): void {
  check(binding.keepThreadsVisible(), 'open', '/proc/self/task')
}

function threadReasons({ threads }: Examination): UnsafeReason[] {
  const workers = liveWorkers()
  const inspected = isInspected()
  // One is V8's own, for delayed tasks; a daemon that was itself forked has not even that.
  const loops = threads.filter(({ state }) => state === 'loop').length - 1
  const isKnown = reasonsFromStart().some(({ code }) => code === 'profiler')
  return present([
    workers > 0 && {
      code: 'worker',
      message: `${workers} Worker${workers === 1 ? ' is' : 's are'} alive`,
      remedy: 'await worker.terminate() before, start Workers in the child',
    },
    inspected && {
      code: 'inspector',
      message: 'the inspector is active',
      remedy: 'start node without --inspect, or call inspector.close()',
    },
    loops > workers + (inspected ? 1 : 0) &&
      loaderHooks('a thread with an event loop exists: hooks of module.register()'),
    !isKnown && threads.some(isProfilers) && profiling('a CPU profile is being taken'),
    threads.some(({ state }) => state === 'kernel') && {
      code: 'io-uring',
      message: 'io_uring runs threads of the kernel for this process',
      remedy: 'start node without UV_USE_IO_URING=1',
    },
  ])
}

// Of a thread that runs and that nothing explains, only the name is known.
function busyThreads({ threads }: Examination): UnsafeReason[] {
  const busy = threads.filter(thread => thread.state === 'running' && !isProfilers(thread))
  if (busy.length === 0) return []
  const list = busy.map(({ id, name }) => `${name} (${id})`).join(', ')
  const message = `a thread does not come to rest: ${list}`
  return [{ code: 'busy-thread', message, remedy: 'let it finish, or stop what started it' }]
}

const isProfilers = ({ name }: { name: string }) =>
  name.startsWith('v8:Prof') || name === 'SamplingThread'

// Loaded only when somebody asks: node:inspector is of no use to a server.
function isInspected(): boolean {
  const require = createRequire(import.meta.url)
  return (require('node:inspector') as typeof import('node:inspector')).url() !== undefined
}

function requestReasons({ requests, pendingOutput }: Examination): UnsafeReason[] {
  const held = new Set([...pendingOutput, ...heldOutput()])
  const output = [...held].map((fd): UnsafeReason => {
    const stream = fd === 1 ? 'stdout' : 'stderr'
    const message = `output to ${stream} is still pending, and would be written twice`
    const remedy = `wait for the callback of process.${stream}.write()`
    return { code: 'output', message, remedy }
  })
  if (requests <= pendingOutput.length) return output
  const message = 'asynchronous requests are in flight (files, dns, crypto, sockets)'
  return [...output, { code: 'requests', message, remedy: 'await them before' }]
}
