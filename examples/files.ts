// The files of a folder over HTTP/1.0, one request for each process, and none that lies outside.
//
//   truefork serve examples/files.ts --idle-timeout 30          serves the folder in which you are
//   curl http://127.0.0.1:7777/README.md
//
//   [handler]                                                   in the file of --config, if wanted
//   folder = "/srv/www"
//
// Whoever may write into the folder could exchange a directory for a link in the moment between the
// look and the opening. Where that is not yourself, the kernel has to watch: --chroot /srv/www.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { extname, join, resolve, sep } from 'node:path'
import type { Connection } from 'truefork'

// The daemon process in the background works in another directory.
const start = process.cwd()
const mostHeaders = 100
const longestLine = 8192

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/** What there is to say instead of a file. */
class Refusal extends Error {
  readonly status: string

  constructor(status: string) {
    super(status)
    this.status = status
  }
}

export default function files(connection: Connection): void {
  try {
    const { method, target } = readRequest(connection)
    const { folder = '.' } = connection.settings
    const file = openInside(realpathSync(resolve(start, String(folder))), pathFrom(target))
    send(connection, file, method)
    closeSync(file.descriptor)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    sendHead(connection, error.status, 'text/plain; charset=utf-8', error.status.length + 1)
    connection.write(`${error.status}\n`)
  }
}

function readRequest(connection: Connection): { method: string; target: string } {
  const line = connection.readLine(longestLine) ?? ''
  const [, method, target] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]$/.exec(line) ?? []
  if (method === undefined || target === undefined) throw new Refusal('400 Bad Request')
  // They change nothing here. But who has not been heard to the end would see a reset.
  for (let count = 0; connection.readLine(longestLine); count++)
    if (count === mostHeaders) throw new Refusal('400 Bad Request')
  if (method !== 'GET' && method !== 'HEAD') throw new Refusal('501 Not Implemented')
  return { method, target }
}

// Decoded once, and before it is looked at: %2e%2e%2f is ../ as well.
function pathFrom(target: string): string {
  const [encoded = ''] = target.split(/[?#]/)
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    throw new Refusal('400 Bad Request')
  }
  const names = path.split('/').slice(1)
  const isWrong = (name: string) => /[\0\\]/.test(name) || name === '.' || name === '..'
  if (names.some(isWrong)) throw new Refusal('400 Bad Request')
  // .git, .env and their like are nobody's business.
  if (names.some(name => name.startsWith('.'))) throw new Refusal('404 Not Found')
  return path.endsWith('/') ? `${path}index.html` : path
}

interface OpenFile {
  descriptor: number
  size: number
  type: string
}

// Links are followed by realpath, once; what it says has none, and open takes none for the last name.
function openInside(folder: string, path: string): OpenFile {
  const real = attempt(() => realpathSync(join(folder, path)))
  if (!real.startsWith(folder === sep ? sep : folder + sep)) throw new Refusal('404 Not Found')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  // A FIFO would keep whoever opens it waiting.
  const descriptor = attempt(() => openSync(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
  const status = fstatSync(descriptor)
  if (status.isFile()) {
    const type = types[extname(real).toLowerCase()] ?? 'application/octet-stream'
    return { descriptor, size: status.size, type }
  }
  closeSync(descriptor)
  throw new Refusal('404 Not Found')
}

function attempt<Result>(call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EACCES') throw new Refusal('403 Forbidden')
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].includes(code))
      throw new Refusal('404 Not Found')
    throw error
  }
}

function send(connection: Connection, { descriptor, size, type }: OpenFile, method: string): void {
  sendHead(connection, '200 OK', type, size)
  if (method === 'HEAD') return
  const buffer = Buffer.alloc(65_536)
  // As many bytes as were announced, also if the file has grown since.
  for (let left = size; left > 0; ) {
    const length = readSync(descriptor, buffer, 0, Math.min(left, buffer.length), null)
    if (length === 0) return
    connection.write(buffer.subarray(0, length))
    left -= length
  }
}

function sendHead(connection: Connection, status: string, type: string, length: number): void {
  const head = [
    `HTTP/1.0 ${status}`,
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  connection.write(`${head.join('\r\n')}\r\n\r\n`)
}
