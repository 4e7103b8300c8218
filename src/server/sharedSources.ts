// What is remembered of sources where many processes decide: a table of fixed size in memory that
// they share. A source stands in one of a few places, which follow from its name; when all of them
// are taken, it takes that of the lowest number, which for times is the oldest.
import { getentropy, sharedMemory } from '../posix/memory.ts'
import type { Tables } from './admission.ts'
import type { Penalty } from './penalties.ts'
import { maxSources, type Source, type Table } from './sources.ts'

const ways = 8
const cellBytes = 8

/** How a value is a number of 63 bits. Of values that are times the oldest must be the lowest. */
export interface Code<Value> {
  encode(value: Value): bigint
  decode(bits: bigint): Value
}

/** @see SourceTable, which one process has for itself */
class SharedSources<Value> implements Table<Value> {
  readonly #code: Code<Value>
  readonly #families: Family[]
  /** Who knows where a source stands could drive it out. */
  readonly #secret = new BigUint64Array(1)

  constructor(code: Code<Value>) {
    this.#code = code
    getentropy(new Uint8Array(this.#secret.buffer))
    this.#families = [new Family(), new Family()]
  }

  get(source: Source): Value | undefined {
    const bits = this.#familyOf(source).get(this.#keyOf(source))
    return bits === 0n ? undefined : this.#code.decode(bits)
  }

  update(source: Source, change: (old: Value | undefined) => Value | undefined): boolean {
    return this.#familyOf(source).update(this.#keyOf(source), bits => {
      const value = change(bits === 0n ? undefined : this.#code.decode(bits))
      return value === undefined ? undefined : this.#code.encode(value)
    })
  }

  #familyOf(source: Source): Family {
    return this.#families[source.includes(':') ? 1 : 0] as Family
  }

  // FNV-1a with 64 bits, from a secret start: two sources are taken for one once in 2 to the 64.
  #keyOf(source: Source): bigint {
    let hash = this.#secret[0] as bigint
    for (let index = 0; index < source.length; index++) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(source.charCodeAt(index))) * 0x100000001b3n)
    }
    return BigInt.asIntN(64, hash) || 1n
  }
}

const nsPerMs = 1e6
const durationBits = 24n
const durationUnitMs = 10

/** The tables of an admission that many processes share. */
export const sharedTables: Tables = {
  rates: () =>
    new SharedSources<number>({
      encode: ms => BigInt(Math.round(ms * nsPerMs)),
      decode: bits => Number(bits) / nsPerMs,
    }),
  penalties: () =>
    new SharedSources<Penalty>({
      encode: ({ until, duration }) =>
        (BigInt(Math.round(until)) << durationBits) | BigInt(Math.round(duration / durationUnitMs)),
      decode: bits => ({
        until: Number(bits >> durationBits),
        duration: Number(BigInt.asUintN(Number(durationBits), bits)) * durationUnitMs,
      }),
    }),
}

/** Keys and values side by side. 0 is no key; a value of 0 was never set. */
class Family {
  readonly #cells = new BigInt64Array(sharedMemory(maxSources * 2 * cellBytes))

  get(key: bigint): bigint {
    const at = this.#find(key)
    return at === undefined ? 0n : Atomics.load(this.#cells, at + 1)
  }

  /** Whoever changes it in the same moment has been first, or comes after. */
  update(key: bigint, change: (old: bigint) => bigint | undefined): boolean {
    for (;;) {
      const at = this.#find(key) ?? this.#claim(key)
      if (at === undefined) continue
      const old = Atomics.load(this.#cells, at + 1)
      const value = change(old)
      if (value === undefined) return false
      if (Atomics.compareExchange(this.#cells, at + 1, old, value) === old) return true
    }
  }

  #find(key: bigint): number | undefined {
    for (const at of placesOf(key)) if (Atomics.load(this.#cells, at) === key) return at
    return undefined
  }

  // Undefined if another process has taken the place in the same moment.
  #claim(key: bigint): number | undefined {
    let lowest: { at: number; key: bigint; value: bigint } | undefined
    for (const at of placesOf(key)) {
      const found = {
        at,
        key: Atomics.load(this.#cells, at),
        value: Atomics.load(this.#cells, at + 1),
      }
      // Another process has just claimed it for the same source: a second place would be a second
      // allowance. Whoever looks at the same time chooses the same place, and one of both gets it.
      if (found.key === key) return at
      if (found.key === 0n) found.value = -1n
      if (!lowest || found.value < lowest.value) lowest = found
    }
    const { at, key: old, value } = lowest as { at: number; key: bigint; value: bigint }
    if (Atomics.compareExchange(this.#cells, at, old, key) !== old) return undefined
    // What stands there is of another source, unless it has changed by now.
    if (old !== 0n) Atomics.compareExchange(this.#cells, at + 1, value, 0n)
    return at
  }
}

function placesOf(key: bigint): number[] {
  const first = Number(BigInt.asUintN(32, key) % BigInt(maxSources / ways)) * ways
  return Array.from({ length: ways }, (_, way) => (first + way) * 2)
}
