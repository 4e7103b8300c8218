// crypto.randomUUID, randomUUIDv7 and randomInt draw from two pools of random bytes, which a fork
// copies. Node shows them to nobody. But a pool can be met on its way: whoever fills one asks for
// its length, and randomInt has it read a number. So the parent empties both once, and its children
// find them empty. Where somebody has drawn since, each child fills them anew.
//
// All else of node:crypto draws from OpenSSL, which knows of forks.
import { createRequire } from 'node:module'

type Crypto = typeof import('node:crypto')

export interface Pool {
  bytes: Buffer
  /** How it began when it was emptied. The next draw fills it, and it begins otherwise. */
  emptied: bigint
}

let crypto: Crypto | undefined
let pools: Pool[] = []

/**
 * In the parent: the pools that its child must fill anew. Where node:crypto is not loaded yet, there
 * is nothing that a child could share.
 */
export function drawnPools(): Pool[] {
  if (!crypto) prepare()
  return pools.filter(({ bytes, emptied }) => startOf(bytes) !== emptied)
}

function prepare(): void {
  if (!isLoaded('internal/crypto/random')) return
  crypto = createRequire(import.meta.url)('node:crypto') as Crypto
  pools = [emptyUUIDs(crypto), emptyInts(crypto)]
    .filter(bytes => bytes !== undefined)
    .map(bytes => ({ bytes, emptied: startOf(bytes) }))
}

/** In the child. */
export function renewPools(drawn: readonly Pool[]): void {
  for (const { bytes } of drawn) crypto?.randomFillSync(bytes)
}

const startOf = (bytes: Buffer) => bytes.readBigUInt64LE()

const isLoaded = (module: string) =>
  (process as unknown as { moduleLoadList: string[] }).moduleLoadList.includes(
    `NativeModule ${module}`,
  )

// More draws than a pool has room for: who has not met it by then has not asked Node, but a
// function that somebody has put in the place of Node's.
const enough = 2048
const bytesOfUUID = 16

function emptyUUIDs({ randomUUID }: Crypto): Buffer | undefined {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype)
  const length = Object.getOwnPropertyDescriptor(prototype, 'byteLength') as PropertyDescriptor
  let met: Uint8Array | undefined
  function get(this: Uint8Array): number {
    met = this
    return length.get?.call(this)
  }
  Object.defineProperty(prototype, 'byteLength', { ...length, get })
  try {
    for (let draws = 0; draws < enough && !met; draws++) randomUUID()
  } finally {
    Object.defineProperty(prototype, 'byteLength', length)
  }
  if (!met) return undefined
  // It has just been filled, for one.
  for (let left = met.length / bytesOfUUID - 1; left > 0; left--) randomUUID()
  return Buffer.from(met.buffer, met.byteOffset, met.length)
}

function emptyInts({ randomInt }: Crypto): Buffer | undefined {
  const { readUIntBE } = Buffer.prototype
  let met: Buffer | undefined
  let end = 0
  Buffer.prototype.readUIntBE = function (offset: number, byteLength: number) {
    met = this
    end = offset + byteLength
    return readUIntBE.call(this, offset, byteLength)
  }
  try {
    for (let draws = 0; draws < enough && end !== met?.length; draws++) randomInt(2)
  } finally {
    Buffer.prototype.readUIntBE = readUIntBE
  }
  return met
}
