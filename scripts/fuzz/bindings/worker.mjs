// Calls the native part with anything, from one number of the sequence to another. bindings.mjs starts it
// as process 1 of namespaces of its own: no other process, no network, no user beside one.
import { existsSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs'
import { argumentsOf, callOf } from './calls.mjs'
import { Descriptors } from './descriptors.mjs'
import { judgeError, judgeResult } from './judge.mjs'
import { signatures } from './signatures.mjs'

const { seed, from, to, only, addon: url, progress, notes } = JSON.parse(process.argv[2])
const { loadNativePart } = await import(url)
const addon = loadNativePart()
const { SIG_SETMASK, F_DUPFD, F_DUPFD_CLOEXEC } = addon.constants
const { SIGUSR1, SIGUSR2, SIGTERM } = addon.signals

const descriptors = new Descriptors(addon)
const counts = {}
const never = new Int32Array(new SharedArrayBuffer(8))
const mark = Buffer.alloc(8)
const progressFd = openSync(progress, 'w')
const notesFd = openSync(notes, 'a')
const note = (index, message) => writeSync(notesFd, `${JSON.stringify({ index, message })}\n`)

/** So often it is looked for descriptors that a call has left open. */
const between = 500
let known = []

function openFiles() {
  descriptors.make() // what a call has done to these
  return readdirSync('/proc/self/fd').filter(fd => existsSync(`/proc/self/fd/${fd}`) || nameOf(fd))
}

function nameOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return '' // it was that of the listing
  }
}

// The set that acceptNext waits with is made once, and kept.
function noteLeftOpen(index) {
  const now = openFiles()
  const left = now.filter(fd => !known.includes(fd) && nameOf(fd) !== 'anon_inode:[eventpoll]')
  const named = left.map(fd => `${fd} ${nameOf(fd)}`)
  if (left.length > 0) note(index, `of the last ${between} calls one has left open: ${named}`)
  known = now
}

/** A wait that would have no end finds a caught signal there already. */
function endWaits(name, args) {
  const at = signatures[name].takes.indexOf('milliseconds')
  const long = at >= 0 && typeof args[at] === 'number' && (args[at] < 0 || args[at] > 10)
  if (long || signatures[name].waits) addon.putBack([SIGUSR2])
}

function closeMade(name, args, result) {
  if (name === 'fcntl' && args[1] !== F_DUPFD && args[1] !== F_DUPFD_CLOEXEC) return
  if (result < 0) return
  const made = name === 'recvmsg' ? args[2].descriptors : [result].flat()
  for (const fd of made) addon.close(fd)
}

function putSignalsBack(name, [signal]) {
  addon.actAtOnceIf(SIGTERM, never, 0)
  if (name === 'setDisposition' && Number.isInteger(signal) && signal > 0 && signal < 65) {
    addon.setDisposition(signal, 'default', 0, [])
  }
  addon.setMask(SIG_SETMASK, [])
  addon.takeSignals()
}

function callOnce(call) {
  const { name } = call
  const args = argumentsOf(call)
  endWaits(name, args)
  let result
  try {
    result = addon[name](...args)
  } catch (error) {
    return judgeError(error)
  }
  if (signatures[name].makes) closeMade(name, args, result)
  const outcome = judgeResult(name, result, addon)
  if (name === 'fork' && result >= 0) endFork(result)
  return outcome
}

function endFork(pid) {
  if (pid === 0) addon._exit(0)
  addon.waitpid(pid, 0, {})
}

/** In a child, whose status tells whether the answer was sane. What ends it is the fault. */
function callApart(call, index) {
  const pid = addon.fork(new Uint8Array(1))
  if (pid === 0) {
    try {
      callOnce(call)
    } catch (error) {
      note(index, error.message)
    }
    addon._exit(0)
  }
  if (pid < 0) return 'not made'
  const into = {}
  while (addon.waitpid(pid, 0, into) < 0) addon.takeSignals()
  const [kind, number] = addon.describeStatus(into[0])
  if (kind !== 'exited') throw new Error(`a child was ended by signal ${number}`)
  if (number !== 0 && call.name !== '_exit') throw new Error(`a child ended with ${number}`)
  return 'done'
}

function callNumber(index) {
  mark.writeDoubleLE(index)
  writeSync(progressFd, mark, 0, 8, 0)
  const call = callOf(seed, index, addon, only)
  const { apart, spoils, signals } = signatures[call.name]
  try {
    const outcome = apart ? callApart(call, index) : callOnce(call)
    counts[call.name] ??= {}
    counts[call.name][outcome] = (counts[call.name][outcome] ?? 0) + 1
  } catch (error) {
    note(index, error.message)
  }
  if (signals)
    putSignalsBack(
      call.name,
      call.values.map(([, make]) => (apart ? 0 : make([]))),
    )
  if (spoils) descriptors.make()
}

// A process group of its own: kill(0) is one of the calls.
addon.setsid()
addon.watchSignals(() => addon.takeSignals())
addon.onEnd(() => {})
// Or a signal sent to itself would start a thread of Node's.
addon.setDisposition(SIGUSR1, 'ignore', 0, [])
addon.waitpid(-1, 1, {}) // the first call opens what stays open
descriptors.make()
known = openFiles()
for (let index = from; index < to; index++) {
  callNumber(index)
  if (index % between === between - 1 || index + 1 === to) {
    noteLeftOpen(index)
    // Handlers of the event loop belong to it, too.
    await new Promise(resolve => setImmediate(resolve))
  }
}
writeSync(notesFd, `${JSON.stringify({ counts })}\n`)
