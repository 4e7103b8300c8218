// One fork, and what the child repairs before it goes on. A child does as little as can be: each
// function that it is the first to call, it has to compile, and each page that it writes to, to copy. So
// the parent looks what there will be to do.
import { binding } from '../posix/binding.ts'
import { caught, handledSignals } from '../posix/signals.ts'
import { drawnPools, type Pool, renewPools } from './crypto.ts'
import {
  dropExitListeners,
  type ExitListeners,
  exitListeners,
  hasExitListeners,
} from './exitPath.ts'
import { hooks } from './hooks.ts'
import { prepareIdentity, refreshIdentity } from './identity.ts'
import { dropInherited, signalListeners } from './inherited.ts'
import { lineage } from './lineage.ts'
import { dropTimers, hasTimers } from './timers.ts'

/** 1 in a child in which the native part has silenced something of the parent's. */
const silenced = new Uint8Array(1)

/**
 * One try.
 *
 * @returns as fork(2), or -errno
 */
export function forkOnce(repair: () => void = nothing, title?: string): number {
  const repairs: Repairs = {
    exits: hasExitListeners() ? exitListeners() : [],
    timers: hasTimers(),
    signals: signalListeners(),
    pools: drawnPools(),
    pidIsImported: prepareIdentity(),
    repair,
  }
  return forkAs(thisProcess, repairs, title)
}

const nothing = () => {}
const none: typeof caught = new Map()

/** What there is to do in the child, as its parent has found it. */
interface Repairs {
  exits: ExitListeners
  timers: boolean
  signals: string[]
  pools: Pool[]
  pidIsImported: boolean
  repair: () => void
}

/** Of whom a copy is made. */
interface Parent {
  system: Pick<typeof binding, 'fork'>
  ancestry: typeof lineage
  handlers: typeof caught
  inherited: Uint8Array
  hooks: typeof hooks
}

const thisProcess: Parent = {
  system: binding,
  ancestry: lineage,
  handlers: caught,
  inherited: silenced,
  hooks,
}

function forkAs(parent: Parent, repairs: Repairs, title?: string): number {
  const { system, handlers, inherited } = parent
  const pid =
    title === undefined ? system.fork(inherited) : system.fork(inherited, title, handledSignals())
  if (pid === 0) repairChild(parent, title === undefined ? none : handlers, repairs)
  return pid
}

function repairChild(
  { ancestry, inherited, hooks: { inChild } }: Parent,
  handlers: typeof caught,
  { exits, timers, signals, pools, pidIsImported, repair }: Repairs,
): void {
  ancestry.forks++
  if (handlers.size > 0) handlers.clear()
  if (timers) dropTimers()
  for (const signal of signals) process.removeAllListeners(signal)
  if (exits.length > 0) dropExitListeners(exits)
  if (inherited[0] !== 0) dropInherited()
  if (pools.length > 0) renewPools(pools)
  if (pidIsImported) refreshIdentity()
  try {
    repair()
    for (const hook of inChild) hook()
  } finally {
    binding.unblock()
  }
}

const noHooks: typeof hooks = { before: [], inParent: [], inChild: [] }

/**
 * Plays what a child does first, in the parent and without effect: V8 has then compiled it, and knows
 * what it works on. Each child would learn that anew, and would first have to take back what V8 has
 * meanwhile compiled for the parent, as if no fork ever returned 0.
 */
export function rehearseChild(times: number): void {
  // As forkOnce makes them, but empty.
  const system = { fork: () => 0 }
  const [signals, pools] = [signalListeners().slice(0, 0), drawnPools().filter(() => false)]
  for (let time = 0; time < times; time++) {
    const repairs: Repairs = {
      exits: [],
      timers: false,
      signals,
      pools,
      pidIsImported: false,
      repair: nothing,
    }
    const handlers: typeof caught = new Map()
    handlers.set(0, { handler: nothing, flags: 0, mask: [] })
    const ancestry = { forks: 0 }
    const inherited = new Uint8Array(1)
    const parent = { system, ancestry, handlers, inherited, hooks: noHooks }
    forkAs(parent, repairs, time % 2 === 0 ? 'a child' : undefined)
  }
}
