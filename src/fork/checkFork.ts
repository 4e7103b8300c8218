// Is it safe to fork here and now? fork(2) copies one thread and all memory: whatever the other
// threads were doing stays half done in the child for ever.
import { createRequire } from 'node:module'
import { binding, type Examination } from '../posix/binding.ts'
import { systemError } from '../posix/errors.ts'
import { isLaunched, launchFlags, nodeOptions } from './launch.ts'
import { liveWorkers } from './workers.ts'

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
  return [
    {
      code: 'flags',
      message: `node was started without ${flags}`,
      remedy: `start the program with \`truefork run FILE\`, or with \`node ${flags} FILE\``,
    },
  ]
}

// As options of node these have no thread that could be seen at every moment.
function optionReasons(): UnsafeReason[] {
  const given = (pattern: RegExp) => nodeOptions().find(option => pattern.test(option))
  const reasons: UnsafeReason[] = []
  const profiler = given(/^--(cpu-prof|heap-prof|prof|perf-(basic-)?prof)$/)
  if (profiler) {
    const message = `node was started with the profiler ${profiler}`
    reasons.push({
      code: 'profiler',
      message,
      remedy: 'start it without; profile one process that does not fork',
    })
  }
  const loader = given(/^--(experimental-)?loader(=|$)/)
  if (loader) reasons.push(loaderHooks(`node was started with ${loader}`))
  return reasons
}

function loaderHooks(message: string): UnsafeReason {
  const remedy = 'use module.registerHooks(), which needs no thread, or compile beforehand'
  return { code: 'loader-hooks', message, remedy }
}

/** Reasons that can be gone the next moment. */
export function reasonsOfTheMoment(): UnsafeReason[] {
  const found = binding.examine()
  if (typeof found === 'number') {
    const { message } = systemError(-found, 'open /proc/self/task')
    const remedy = 'mount /proc where the process runs'
    return [{ code: 'hidden-threads', message: `the threads cannot be seen: ${message}`, remedy }]
  }
  return [...threadReasons(found), ...requestReasons(found)]
}

function threadReasons({ threads }: Examination): UnsafeReason[] {
  const reasons: UnsafeReason[] = []
  const workers = liveWorkers()
  const inspector = isInspected()
  const profiled = threads.some(({ name }) => name.startsWith('v8:Prof'))
  // One is V8's own, for delayed tasks; a daemon that was itself forked has not even that.
  const loops = threads.filter(({ state }) => state === 'loop').length - 1
  const busy = threads.filter(({ state, name }) => state === 'running' && !isProfilers(name))
  if (workers > 0) {
    const message = `${workers} Worker${workers === 1 ? ' is' : 's are'} alive`
    reasons.push({
      code: 'worker',
      message,
      remedy: 'await worker.terminate() before, start Workers in the child',
    })
  }
  if (inspector) {
    const message = 'the inspector is active'
    reasons.push({
      code: 'inspector',
      message,
      remedy: 'start node without --inspect, or call inspector.close()',
    })
  }
  if (loops > workers + (inspector ? 1 : 0)) {
    reasons.push(loaderHooks('a thread with an event loop exists: hooks of module.register()'))
  }
  if (profiled && reasonsFromStart().every(({ code }) => code !== 'profiler')) {
    reasons.push({
      code: 'profiler',
      message: 'a CPU profile is being taken',
      remedy: 'stop it before',
    })
  }
  if (threads.some(({ state }) => state === 'kernel')) {
    const message = 'io_uring runs threads of the kernel for this process'
    reasons.push({ code: 'io-uring', message, remedy: 'start node without UV_USE_IO_URING=1' })
  }
  if (busy.length > 0 && reasons.length === 0) {
    const list = busy.map(({ id, name }) => `${name} (${id})`).join(', ')
    const message = `a thread does not come to rest: ${list}`
    reasons.push({ code: 'busy-thread', message, remedy: 'let it finish, or stop what started it' })
  }
  return reasons
}

const isProfilers = (name: string) => name.startsWith('v8:Prof') || name === 'SamplingThread'

// Loaded only when somebody asks: node:inspector is of no use to a server.
function isInspected(): boolean {
  const { url } = createRequire(import.meta.url)(
    'node:inspector',
  ) as typeof import('node:inspector')
  return url() !== undefined
}

function requestReasons({ requests, pendingOutput }: Examination): UnsafeReason[] {
  const reasons: UnsafeReason[] = []
  for (const fd of pendingOutput) {
    const stream = fd === 1 ? 'stdout' : 'stderr'
    const message = `output to ${stream} is still pending, and would be written twice`
    reasons.push({
      code: 'output',
      message,
      remedy: `wait for the callback of process.${stream}.write()`,
    })
  }
  if (requests > pendingOutput.length) {
    const message = 'asynchronous requests are in flight (files, dns, crypto, sockets)'
    reasons.push({ code: 'requests', message, remedy: 'await them before' })
  }
  return reasons
}
