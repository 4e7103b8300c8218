// What a child writes to stdout and stderr must be out when it ends, and it ends by _exit, which
// waits for nothing. So children write at once, as Node itself does where the output is a file. The
// parent goes on as it did.

import { POLLOUT } from '../posix/constants.ts'
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
interface Sink {
  fd: number
  _handle?: { setBlocking?(blocking: boolean): void }
  _write(chunk: Buffer | string, encoding: BufferEncoding, done: Callback): void
  _writev?(chunks: Chunk[], done: Callback): void
}

let isPrepared = false
let hasEventLoop = true

const writesAtOnce = () => isForked() || !hasEventLoop

/** In the parent. */
export function prepareOutput(): void {
  if (isPrepared) return
  isPrepared = true
  for (const stream of [process.stdout, process.stderr]) giveChoice(stream as unknown as Sink)
}

/** In a daemon process, which has no event loop that could write later. */
export function writeOutputAtOnce(): void {
  prepareOutput()
  hasEventLoop = false
  // Node has set O_NONBLOCK, which all who share the pipe meet: the shell and its other children.
  for (const { _handle } of [process.stdout, process.stderr] as unknown as Sink[]) {
    _handle?.setBlocking?.(true)
  }
}

function giveChoice(stream: Sink): void {
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

// However little a pipe takes at a time, and whether or not its other users have made it wait.
function writeWhole(fd: Fd, data: Buffer | string, encoding?: BufferEncoding): void {
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
