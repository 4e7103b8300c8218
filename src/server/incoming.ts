// What a client sends: read from its socket, and kept where more has come than was asked for.
import { read } from '../posix/descriptors.ts'
import type { Fd } from '../posix/types.ts'
import { uninterrupted } from './uninterrupted.ts'

/** How a server process notes that it has read or written, where idle ones are ended. */
export interface Stamp {
  /** After so many ms of nothing. */
  idle: number
  now(): void
}

/** As many bytes are read at once. */
export const chunkBytes = 65536
const scratch = Buffer.allocUnsafeSlow(chunkBytes)
const nothing = Buffer.alloc(0)
const newline = 0x0a
const carriageReturn = 0x0d

// Not Buffer.from: of what it calls, each function is one more that a child is the first to call.
const copyOf = Uint8Array.prototype.slice as (this: Buffer, start: number, end: number) => Buffer

function roomFor(maxBytes: number): Buffer {
  if (maxBytes === chunkBytes) return scratch
  return maxBytes < chunkBytes ? scratch.subarray(0, maxBytes) : Buffer.alloc(maxBytes)
}

/** The methods are those of Connection. */
export class Incoming {
  readonly #fd: Fd
  readonly #stamp: Stamp | undefined
  #rest: Buffer = nothing

  constructor(fd: Fd, stamp: Stamp | undefined) {
    this.#fd = fd
    this.#stamp = stamp
  }

  /** Whether read() would not wait, as far as is known without asking the system. */
  get hasData(): boolean {
    return this.#rest.length > 0
  }

  /** The same of readLine(). A line that is longer than it takes is one as well: it says so. */
  get hasLine(): boolean {
    return this.#rest.length > chunkBytes || this.#rest.includes(newline)
  }

  /** Takes what has come. True if readLine() does not wait now: there is a line, or the end. */
  readAhead(): boolean {
    const chunk = this.#receive(chunkBytes)
    if (chunk === null) return true
    this.#rest = Buffer.concat([this.#rest, chunk])
    return this.hasLine
  }

  read(maxBytes: number): Buffer | null {
    if (!Number.isInteger(maxBytes) || maxBytes < 1) {
      throw new RangeError(`maxBytes: expected a whole number from 1, got ${maxBytes}`)
    }
    if (this.#rest.length === 0) return this.#receive(maxBytes)
    const taken = this.#rest.subarray(0, maxBytes)
    this.#rest = this.#rest.subarray(taken.length)
    return taken
  }

  // Most chunks are much shorter than the room that they could need: only what has come is kept.
  #receive(maxBytes: number): Buffer | null {
    const room = roomFor(maxBytes)
    const length = uninterrupted(() => read(this.#fd, room))
    this.#stamp?.now()
    return length === 0 ? null : copyOf.call(room, 0, length)
  }

  readLine(maxBytes: number): string | null {
    const parts: Buffer[] = []
    let length = 0
    for (;;) {
      const chunk = this.read(chunkBytes)
      if (chunk === null) return length === 0 ? null : Buffer.concat(parts).toString()
      const end = chunk.indexOf(newline)
      const part = end < 0 ? chunk : chunk.subarray(0, end)
      parts.push(part)
      length += part.length
      if (length > maxBytes)
        throw new RangeError(`the client sent a line of over ${maxBytes} bytes`)
      if (end < 0) continue
      this.#rest = Buffer.concat([chunk.subarray(end + 1), this.#rest])
      const line = Buffer.concat(parts)
      return line.subarray(0, line.at(-1) === carriageReturn ? -1 : undefined).toString()
    }
  }
}
