// Forks over and over and measures each fork. It is started with the flags that fork needs, in a
// process of its own for each size of heap, and prints one line of JSON.
//   truefork run child.mjs FORKS MEGABYTES
import { fork } from 'truefork'
import { _exit, close, pipe, read, waitpid, write } from 'truefork/posix'
// The one place of the benchmarks that looks behind the public entries: what fork() adds can only
// be told apart from the fork itself by making the same native call without the rest.
import { binding } from '../../dist/posix/binding.js'
import { heapOf } from '../support/heap.mjs'

const [forks, megabytes] = process.argv.slice(2).map(Number)
const kept = heapOf(megabytes)
const [from, to] = pipe()
const answer = Buffer.alloc(64)

// The native part alone: no check of how node was started, no exit path, no repair in JavaScript.
// In its child all signals stay blocked, since nobody unblocks them.
const silenced = new Uint8Array(1)
const bareFork = () => binding.fork(silenced)

/** The processor time of this process since it was born, in µs: of a child, since the fork. */
function ownMicroseconds() {
  const { user, system } = process.cpuUsage()
  return user + system
}

// What a child has found out goes through a pipe, and it ends at once.
function tell(microseconds) {
  write(to, Buffer.from(`${microseconds}\n`))
  _exit(0)
}

/**
 * One fork: how long the call took in the parent, what the child had used when it came back there,
 * and how long until the child had been collected.
 * @param {() => number} make
 * @param {(done: (microseconds: number) => void) => void} life what the child does before it tells
 */
function one(make, life) {
  const begin = performance.now()
  const pid = make()
  if (pid === 0) {
    const returned = ownMicroseconds()
    if (life === undefined) tell(returned)
    life(() => tell(ownMicroseconds()))
    return undefined
  }
  const returned = performance.now()
  if (pid < 0) throw new Error(`the bare fork was refused: ${pid}`)
  const length = read(from, answer)
  waitpid(pid)
  const end = performance.now()
  return {
    parentUs: (returned - begin) * 1000,
    childUs: Number(answer.toString('latin1', 0, length)),
    wholeUs: (end - begin) * 1000,
  }
}

// The event loop of a child runs once, then its processor time is looked at again.
const throughLoop = done => setImmediate(done)

const kinds = [
  { kind: 'bare', make: bareFork },
  { kind: 'truefork', make: fork },
  { kind: 'bareLoop', make: bareFork, life: throughLoop },
  { kind: 'trueforkLoop', make: fork, life: throughLoop },
]
const samples = Object.fromEntries(kinds.map(({ kind }) => [kind, []]))

// Each kind in turn, so that a slow moment meets all of them. The first are for warmth. A child that
// is to see its event loop leaves these calls, too, and must find nothing more to do.
async function measure() {
  for (let turn = -5; turn < forks; turn++) {
    for (const { kind, make, life } of kinds) {
      const sample = one(make, life)
      if (sample === undefined) return
      if (turn >= 0) samples[kind].push(sample)
    }
    // Nothing may be pending at a fork.
    if (turn % 20 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  close(from)
  const heapMB = process.memoryUsage().heapUsed / 2 ** 20
  console.log(JSON.stringify({ megabytes, heapMB, kept: kept.length, samples }))
}

await measure()
