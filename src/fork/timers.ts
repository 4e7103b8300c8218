// The timers and immediates of the parent, which must not fire in its child, too. Node keeps them
// in lists that it shows to nobody:
//
//   timers        one ring for each duration: TimersList ⇄ Timeout ⇄ Timeout ⇄ …
//   immediates    one queue, of which Node takes a whole batch at a time
//
// But whoever makes a list or an Immediate says so to its prototype: the one sets the property
// `priorityQueuePosition` first in its constructor, the other calls `ref`. So each is known from
// the moment that truefork is loaded, those of Node's own modules, too.
import { executionAsyncResource } from 'node:async_hooks'

/** The fields of Node's classes that this rests on; the same from Node 11 to 26. */
interface TimersList {
  _idleNext: Timer | TimersList
  _idlePrev: Timer | TimersList
  msecs: number
}
interface Timer extends NodeJS.Timeout {
  _idleNext: Timer | TimersList | null
  _idlePrev: Timer | TimersList | null
  _repeat: number | null
  _destroyed: boolean
}
interface Immediate extends NodeJS.Immediate {
  _destroyed: boolean
}

const lists = new Map<number, TimersList>()
const immediates = new Set<Immediate>()
// What has fired is struck out only now and then.
const room = { lists: 64, immediates: 64 }

const isEmpty = (list: TimersList) => list._idleNext === list

function noteList(list: TimersList): void {
  lists.set(list.msecs, list)
  if (lists.size <= room.lists) return
  for (const [msecs, known] of lists) if (known !== list && isEmpty(known)) lists.delete(msecs)
  room.lists = Math.max(64, lists.size * 2)
}

function noteImmediate(immediate: Immediate): void {
  immediates.add(immediate)
  if (immediates.size <= room.immediates) return
  for (const known of immediates) if (known._destroyed) immediates.delete(known)
  room.immediates = Math.max(64, immediates.size * 2)
}

/** Any duration that no other timer is likely to have: a list of its own is made for it. */
const unusual = 2 ** 31 - 7

const timer = setTimeout(() => {}, unusual) as Timer
const list = timer._idleNext as TimersList
const timerPrototype = Object.getPrototypeOf(timer)
const listPrototype = Object.getPrototypeOf(list)
clearTimeout(timer)

Object.defineProperty(listPrototype, 'priorityQueuePosition', {
  configurable: true,
  set(this: TimersList, value: unknown) {
    const property = { value, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(this, 'priorityQueuePosition', property)
    noteList(this)
  },
})

const immediate = setImmediate(() => {})
const immediatePrototype = Object.getPrototypeOf(immediate)
clearImmediate(immediate)

const { ref } = immediatePrototype
immediatePrototype.ref = function (this: Immediate) {
  noteImmediate(this)
  return ref.call(this)
}

/** In the parent: whether there is anything that its child has to drop. */
export function hasTimers(): boolean {
  for (const known of lists.values()) if (!isEmpty(known)) return true
  for (const known of immediates) if (!known._destroyed) return true
  return isInterval(executionAsyncResource())
}

/** In the child: none of the parent's timers and immediates fires. */
export function dropTimers(): void {
  for (const known of lists.values()) dropList(known)
  for (const known of immediates) clearImmediate(known)
  immediates.clear()
  // The interval in whose callback the fork was made stands in no list, and would be set again.
  const current = executionAsyncResource()
  if (isInterval(current)) current._repeat = null
}

function dropList(list: TimersList): void {
  if (!isEmpty(list)) withhold(list._idlePrev as Timer)
  for (let next = list._idleNext; next !== list; ) {
    const timer = next as Timer
    next = timer._idleNext as Timer | TimersList
    if (isDateCache(timer)) timer._onTimeout()
    expire(timer)
  }
  list._idleNext = list
  list._idlePrev = list
}

// Node's own: while it waits, the Date header of HTTP answers stays as it is; dropped, for ever.
const isDateCache = ({ _onTimeout: callback }: Timer) =>
  callback.name === 'resetCache' && String(callback).includes('utcCache')

// Not clearTimeout: like one that has fired, it can be started anew by its owner, with refresh().
function expire(timer: Timer): void {
  const wasRef = timer.hasRef()
  timer.unref()
  timer._idleNext = null
  timer._idlePrev = null
  timer._destroyed = true
  if (wasRef) timer.ref()
}

// The first of a list. Between two timers Node runs microtasks, and one of them may have made the
// fork. Then Node holds the next timer in its hand already, and would call it.
function withhold(timer: Timer): void {
  let callback: unknown = timer._onTimeout
  Object.defineProperty(timer, '_onTimeout', {
    get: () => (timer._destroyed ? null : callback),
    set(value: unknown) {
      callback = value
    },
    enumerable: true,
    configurable: true,
  })
}

const isInterval = (resource: object): resource is Timer =>
  Object.getPrototypeOf(resource) === timerPrototype && (resource as Timer)._repeat !== null
