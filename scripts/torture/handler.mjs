// What the server under torture does: it echoes lines. A line that begins with `!` has a server
// process do what server processes should not do.
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getrlimit, RLIMIT_AS, setrlimit } from 'truefork/posix'

// What a new version of this file does while it is loaded, for hot upgrades.
const folder = process.env.TORTURE_FOLDER
const pause = new Int32Array(new SharedArrayBuffer(4))
while (existsSync(join(folder, 'closed'))) Atomics.wait(pause, 0, 0, 20)
if (existsSync(join(folder, 'broken'))) throw new Error('this version does not load')

const misdeeds = {
  who: () => String(process.pid),
  throw: () => {
    throw new Error('the handler throws')
  },
  reject: () => Promise.reject(new Error('the handler rejects')),
  exit: () => process.exit(3),
  abort: () => process.abort(),
  loop: () => {
    for (;;);
  },
  // Descriptors until there are no more.
  leak: () => {
    for (let count = 0; ; count++) {
      try {
        openSync('/dev/null', 'r')
      } catch (error) {
        return `${error.code} after ${count}`
      }
    }
  },
  // Memory until there is no more of it than 100 MB over what the process has.
  grow: () => {
    const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0])
    setrlimit(RLIMIT_AS, { ...getrlimit(RLIMIT_AS), soft: pages * 4096 + 100 * 2 ** 20 })
    const hoard = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, id) => ({ id })))
  },
  // A program that outlives the server process.
  spawn: () => String(spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).pid),
}

export default connection => {
  let bytes = 0
  for (let line = connection.readLine(); line !== null; line = connection.readLine()) {
    if (line.startsWith('!')) {
      const result = misdeeds[line.slice(1)]()
      if (result instanceof Promise) return result
      connection.write(`${result}\n`)
      continue
    }
    // Said once the client has ended its side.
    if (line.startsWith('count ')) {
      bytes += line.length
      continue
    }
    connection.write(`${line}\n`)
  }
  if (bytes > 0) connection.write(`${bytes} bytes\n`)
}
