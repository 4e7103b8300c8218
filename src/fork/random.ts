// The state of Math.random is memory like any other, and a fork copies it: brothers would draw the
// same numbers. V8's cannot be seeded anew, so in children another generator takes its place; from
// the start, because many a library keeps a copy of the function.
import { getentropy } from '../posix/memory.ts'
import { isForked, lineage } from './lineage.ts'

const { random: drawFromV8 } = Math

Math.random = function random() {
  return isForked() ? draw() : drawFromV8()
}

// sfc32, of Chris Doty-Humphrey: 128 bits of state, and no arithmetic beyond 32 bits.
const state = new Int32Array(4)
/** In which process of our line it was seeded; what came by a fork is forgotten. */
let seededAt: number | undefined

function draw(): number {
  if (seededAt !== lineage.forks) seed()
  return ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}

function seed(): void {
  getentropy(new Uint8Array(state.buffer))
  seededAt = lineage.forks
  for (let round = 0; round < 12; round++) next()
}

function next(): number {
  const [a, b, c, counter] = state as unknown as [number, number, number, number]
  const result = (a + b + counter) | 0
  state[0] = b ^ (b >>> 9)
  state[1] = c + (c << 3)
  state[2] = ((c << 21) | (c >>> 11)) + result
  state[3] = counter + 1
  return result
}
