// crypto.randomUUID and crypto.randomInt draw from caches of random bytes, which a fork copies. In
// children they ask for fresh bytes each time. All else of node:crypto draws from OpenSSL, which
// knows of forks.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { isForked } from './lineage.ts'

type Crypto = typeof import('node:crypto')
type Done = (error: Error | null, number: number) => void

let isPrepared = false

/** In the parent. Where node:crypto is not loaded yet, there is nothing that a child could share. */
export function prepareCrypto(): void {
  if (isPrepared || !isLoaded('internal/crypto/random')) return
  isPrepared = true
  const crypto = createRequire(import.meta.url)('node:crypto') as Crypto
  const uuid = freshUUID(crypto)
  Object.assign(crypto, { randomUUID: uuid, randomInt: freshInt(crypto) })
  // The method of the global `crypto`.
  const { webcrypto } = crypto
  const prototype = Object.getPrototypeOf(webcrypto)
  const { randomUUID } = prototype
  prototype.randomUUID = function () {
    return isForked() && this === webcrypto ? uuid() : randomUUID.call(this)
  }
  syncBuiltinESMExports()
}

const isLoaded = (module: string) =>
  (process as unknown as { moduleLoadList: string[] }).moduleLoadList.includes(
    `NativeModule ${module}`,
  )

function freshUUID({ randomUUID }: Crypto): Crypto['randomUUID'] {
  return options =>
    isForked() ? randomUUID({ ...options, disableEntropyCache: true }) : randomUUID(options)
}

function freshInt({ randomInt, randomFillSync }: Crypto): Crypto['randomInt'] {
  const bytes = Buffer.alloc(6)
  const choices = 2 ** 48

  function draw(min: number, max: number): number {
    const range = max - min
    for (;;) {
      const number = randomFillSync(bytes).readUIntBE(0, 6)
      // The last, incomplete range would favour the small numbers.
      if (number < choices - (choices % range)) return min + (number % range)
    }
  }

  // Node's own still judges the arguments, and calls back on a later turn.
  return ((first: number, second?: number | Done, third?: Done): unknown => {
    const [min, max] = typeof second === 'number' ? [first, second] : [0, first]
    const done = typeof second === 'function' ? second : third
    const original = randomInt as (...args: unknown[]) => number | undefined
    const limits = typeof second === 'number' ? [min, max] : [max]
    if (!isForked()) return original(first, second, third)
    if (done === undefined) {
      original(first, second)
      return draw(min, max)
    }
    return original(...limits, (error: Error | null) => done(error, draw(min, max)))
  }) as Crypto['randomInt']
}
