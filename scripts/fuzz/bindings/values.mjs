// Arguments that a function may well be called with, by their kind, and the bounds of these.
//
// No harm comes of them. Descriptors are those that the worker has made for this, under high numbers, or
// such as are not there: those of Node itself are never named. Paths lie in a folder of the worker's,
// or lead nowhere. Processes, hosts and users are those of the worker's namespaces: see worker.mjs.
import { detaching, hostile } from './hostile.mjs'

/** Under these numbers the worker keeps its descriptors, one of each sort. */
export const firstDescriptor = 200
export const sorts = [
  'a regular file',
  'a pipe, reading',
  'a pipe, writing',
  'a stream socket',
  'its other end',
  'a socket that listens',
  'a socket with a client in its queue',
  'that client',
  'a datagram socket',
  'a new stream socket',
  'a new UNIX socket',
  'a terminal',
  'a folder',
]
const descriptors = sorts.map((sort, index) => [sort, firstDescriptor + index])

const numbers = [0, 1, 2, 3, 4, 7, 64, 255, 4096, 65535, -1, -2, 2 ** 31 - 1, -(2 ** 31)]
const sizes = [0, 1, 4096, 1e6, 0.5, 4096.5, 2 ** 40, 2 ** 53, 2 ** 64, 1e300, -1, Infinity]
const ids = [0, 1, 1000, 65534, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, -1]
const paths = [
  'nothing',
  'file',
  '.',
  '/dev/null',
  '/proc/self/exe/no',
  '/no/such',
  'x'.repeat(300),
]
const texts = ['', 'text', 'root', '127.0.0.1', '::1', 'fe80::1%lo', '1.2.3.4.5', 'y'.repeat(3000)]
const hosts = ['0.0.0.0', '127.0.0.1', '::', '::1', '::1%lo', '::1%none', 'localhost', '', '1\0']
const socketPaths = [
  '',
  'listener',
  'other',
  '\0abstract',
  '\0',
  'a\0b',
  'z'.repeat(107),
  'z'.repeat(108),
]
const lengths = [0, 1, 4, 16, 256, 257, 1000]

const word = random => random.below(2 ** 32) | 0
const whole = random => random.pick([random.pick(numbers), random.below(128), word(random)])
/** Text and maker of a value that is no object, or of one made of such. */
const plain = value => [typeof value === 'string' ? shown(value) : String(value), () => value]
const shown = text =>
  JSON.stringify(text.length > 40 ? `${text.slice(0, 8)}… (${text.length})` : text)
const listOf = (make, most) => random => {
  const list = Array.from({ length: random.below(most) }, () => make(random))
  return [JSON.stringify(list).slice(0, 100), () => [...list]]
}
const anyFd = random =>
  random.below(5) > 0
    ? random.pick(descriptors)[1]
    : random.pick([-1, 199, 2 ** 31 - 1, -(2 ** 31)])

function bytes(random) {
  const [length, form] = [random.pick(lengths), random.below(4)]
  const forms = ['a Uint8Array', 'a Buffer', 'shared bytes', 'bytes that can grow']
  const make = [
    () => new Uint8Array(length).fill(7),
    () => Buffer.alloc(length, 7),
    () => new Uint8Array(new SharedArrayBuffer(length)),
    () => new Uint8Array(new ArrayBuffer(length, { maxByteLength: length + 100 })),
  ]
  return [`${forms[form]} of ${length}`, make[form]]
}

function int32s(random, make) {
  const list = Array.from({ length: random.below(8) }, (_, index) => make(random, index))
  return [`Int32Array [${list}]`, () => Int32Array.from(list)]
}

function doubles(random) {
  const list = Array.from({ length: random.below(7) }, () => random.pick(sizes))
  return [`Float64Array [${list}]`, () => Float64Array.from(list)]
}

function address(random) {
  if (random.below(3) === 0) {
    const path = random.pick(socketPaths)
    return [`{path: ${shown(path)}}`, () => ({ path })]
  }
  const [host, port] = [random.pick(hosts), random.pick([0, 1, 80, 65535, 65536, -1, 1.5])]
  return [`{host: ${shown(host)}, port: ${port}}`, () => ({ host, port })]
}

/** By kind: a value, as [text, how it is made]; it may be asked for the constants of the system. */
export const kinds = {
  fd(random) {
    const fd = anyFd(random)
    const sort = sorts[fd - firstDescriptor]
    return [sort ? `${fd} (${sort})` : String(fd), () => fd]
  },
  number(random, { constants }) {
    const names = Object.keys(constants)
    if (random.below(3) === 0) return plain(whole(random))
    const chosen = Array.from({ length: 1 + random.below(2) }, () => random.pick(names))
    const value = chosen.reduce((sum, name) => sum | constants[name], 0)
    return [`${chosen.join('|')} (${value})`, () => value]
  },
  signal: random => plain(random.below(8) === 0 ? whole(random) : random.below(67)),
  signals(random) {
    if (random.below(12) === 0) {
      return ['an array that detaches the other arguments', others => detaching(others)]
    }
    return listOf(() => 1 + random.below(64), 9)(random)
  },
  pid: random => plain(random.pick([0, 1, -1, 2, 77, 2 ** 31 - 1, -(2 ** 31)])),
  id: random => plain(random.pick(ids)),
  ids: listOf(random => random.pick(ids), 6),
  size: random => plain(random.pick(sizes)),
  milliseconds: random => plain(random.pick([0, 0, 1, 2, -1, -7, 2 ** 31 - 1])),
  path: random => plain(random.pick(paths)),
  text: random => plain(random.pick(texts)),
  texts: listOf(random => random.pick(texts), 4),
  disposition: random => plain(random.pick(['catch', 'default', 'ignore', 'other'])),
  callback: () => ['a function', () => () => {}],
  object: random => (random.below(5) === 0 ? ['[]', () => []] : ['{}', () => ({})]),
  table: random => int32s(random, (_, index) => (index % 3 === 0 ? anyFd(random) : word(random))),
  tops: random => int32s(random, () => anyFd(random)),
  bytes,
  doubles,
  address,
}

/** Not what it should be, or now and then what it should. */
export const anything = random => random.pick(hostile)
