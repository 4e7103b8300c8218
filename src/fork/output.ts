// What a child writes to stdout and stderr must be out when it ends, and it ends by _exit, which
// waits for nothing. So children write at once, as Node itself does where the output is a file. The
// parent goes on as it did.
import type { Writable } from 'node:stream'
import { binding } from '../posix/binding.ts'
import { F_GETFL, F_SETFL, POLLOUT } from '../posix/constants.ts'
import { poll, write } from '../posix/descriptors.ts'
import { isSystemError } from '../posix/errors.ts'
import { asFd, type Fd } from '../posix/types.ts'
import { isForked } from './lineage.ts'

type Callback = (error?: Error | null) => void
interface Chunk {
  chunk: Buffer
  encoding: BufferEncoding
}

/** The methods by which a Writable hands over what was written to it. */
interface Sink extends Omit<Writable, '_write' | '_writev'> {
  fd: number
  _handle?: { setBlocking?(blocking: boolean): void }
  _write(chunk: Buffer | string, encoding: BufferEncoding, done: Callback): void
  _writev?(chunks: Chunk[], done: Callback): void
}

const streams: Sink[] = []
let isPrepared = false
let hasEventLoop = true

const writesAtOnce = () => isForked() || !hasEventLoop

/** In the parent. */
export function prepareOutput(): void {
  if (isPrepared) return
  isPrepared = true
  const open = binding.openOutputs()
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const property = Object.getOwnPropertyDescriptor(process, name) as PropertyDescriptor
    if (property.get && !open.includes(fd)) awaitOpening(name, fd, property)
    else giveChoice(process[name] as unknown as Sink)
  }
}

/** In a daemon process, which has no event loop that could write later. */
export function writeOutputAtOnce(): void {
  prepareOutput()
  hasEventLoop = false
  // Node has set O_NONBLOCK, which all who share the pipe meet: the shell and its other children.
  for (const { _handle } of streams) _handle?.setBlocking?.(true)
}

/** The descriptors of output that a stream still holds, to be written by parent and child. */
export function heldOutput(): number[] {
  prepareOutput()
  return streams.filter(({ writableLength }) => writableLength > 0).map(({ fd }) => fd)
}

// Node opens a stream when it is first asked for, and makes its descriptor one that does not wait.
// A program that never asks, but writes to the descriptor, must not meet that.
function awaitOpening(name: 'stdout' | 'stderr', fd: number, property: PropertyDescriptor): void {
  let stream: Sink | undefined
  function open(): Sink {
    const flags = binding.fcntl(fd, F_GETFL, 0)
    const opened = property.get?.call(process) as Sink
    if (writesAtOnce() && flags >= 0) binding.fcntl(fd, F_SETFL, flags)
    giveChoice(opened)
    return opened
  }
  Object.defineProperty(process, name, { ...property, get: () => (stream ??= open()) })
}

function giveChoice(stream: Sink): void {
  streams.push(stream)
  // Node writes to files, and where there is no output at all, without waiting.
  if (!stream._handle) return
  const { _write: later, _writev: laterAll } = stream
  const fd = asFd(stream.fd)
  stream._write = function (chunk, encoding, done) {
    if (writesAtOnce()) finish(() => writeWhole(fd, chunk, encoding), done)
    else later.call(this, chunk, encoding, done)
  }
  if (!laterAll) return
  stream._writev = function (chunks, done) {
    const writeChunks = () => {
      for (const { chunk, encoding } of chunks) writeWhole(fd, chunk, encoding)
    }
    if (writesAtOnce()) finish(writeChunks, done)
    else laterAll.call(this, chunks, done)
  }
}

function finish(call: () => void, done: Callback): void {
  try {
    call()
  } catch (error) {
    done(error as Error)
    return
  }
  done()
}

/** Writes all, however little a pipe takes at a time, and whether or not its other users made it wait. */
export function writeWhole(fd: Fd, data: Buffer | string, encoding?: BufferEncoding): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : data
  let isFull = false
  for (let written = 0; written < bytes.length; ) {
    try {
      if (isFull) poll([{ fd, events: POLLOUT }], -1)
      isFull = false
      written += write(fd, bytes.subarray(written))
    } catch (error) {
      isFull = isSystemError(error, 'EAGAIN')
      if (!isFull && !isSystemError(error, 'EINTR')) throw error
    }
  }
}
