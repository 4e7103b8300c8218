// What nobody should pass to anything: [what it is, how it is made]. Each is made anew for each call.

export class Thrown extends Error {}
const fail = () => {
  throw new Thrown('on purpose')
}
const failing = new Proxy({}, { get: () => fail })

const detached = array => {
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}
const growing = length => new ArrayBuffer(length, { maxByteLength: 64 })
function shrunk(make) {
  const buffer = growing(32)
  const array = make(buffer)
  buffer.resize(4)
  return array
}
const withGetters = (...names) =>
  Object.defineProperties(
    {},
    Object.fromEntries(names.map(name => [name, { get: fail, set: fail, enumerable: true }])),
  )
const arrayThat = act => Object.defineProperty([1, 2, 3], 1, { get: act })

const literals = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0.5', -0.5],
  ['1.5', 1.5],
  ['-1', -1],
  ['2 ** 31', 2 ** 31],
  ['-(2 ** 31)', -(2 ** 31)],
  ['2 ** 32', 2 ** 32],
  ['2 ** 53', 2 ** 53],
  ['2 ** 63', 2 ** 63],
  ['1e308', 1e308],
  ['5e-324', 5e-324],
  ['-7n', -7n],
  ['2n ** 64n', 2n ** 64n],
  ["''", ''],
  ["'7'", '7'],
  ["'%s%n'", '%s%n'],
  ["'a\\0b'", 'a\0b'],
  ["'\\ud800'", '\ud800'],
  ["'x' * 5000", 'x'.repeat(5000)],
]

export const hostile = [
  ...literals.map(([text, value]) => [text, () => value]),
  ['a symbol', () => Symbol('hostile')],
  ['a function', () => () => {}],
  ['a function that throws', () => fail],
  ['a class', () => class {}],
  ['{}', () => ({})],
  ['an object without prototype', () => Object.create(null)],
  ['new Number(1)', () => new Number(1)],
  ['an object with valueOf and toString that throw', () => ({ valueOf: fail, toString: fail })],
  [
    'an object with accessors that throw',
    () => withGetters('0', 'path', 'host', 'port', 'top', 'family', 'descriptors', 'code'),
  ],
  ['an object whose second accessor throws', () => withGetters('port', 'truncated', 'status')],
  ['a Proxy that throws', () => new Proxy({}, failing)],
  ['a function behind a Proxy that throws', () => new Proxy(() => {}, failing)],
  ['an array behind a Proxy that throws', () => new Proxy([1, 2], failing)],
  [
    'a revoked Proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  ['a Promise', () => Promise.resolve(1)],
  ['a Date', () => new Date(0)],
  ['a Map', () => new Map([[1, 2]])],
  ['[]', () => []],
  ['[undefined]', () => [undefined]],
  ['[1, "2", 3n]', () => [1, '2', 3n]],
  ['an array of holes', () => new Array(2 ** 32 - 1)],
  ['an array with an element that throws', () => arrayThat(fail)],
  ['an iterator', () => [1, 2].values()],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['a Float64Array', () => new Float64Array(4)],
  ['a BigInt64Array', () => new BigInt64Array(4)],
  ['a Uint16Array', () => new Uint16Array(4)],
  ['a Uint8ClampedArray', () => new Uint8ClampedArray(4)],
  ['a detached Uint8Array', () => detached(new Uint8Array(16))],
  ['a detached Int32Array', () => detached(new Int32Array(6))],
  ['a Uint8Array that lies outside', () => shrunk(buffer => new Uint8Array(buffer, 8, 16))],
  ['an Int32Array that lies outside', () => shrunk(buffer => new Int32Array(buffer, 8, 3))],
  ['a Uint8Array that has shrunk', () => shrunk(buffer => new Uint8Array(buffer))],
  ['an Int32Array that has shrunk', () => shrunk(buffer => new Int32Array(buffer))],
  [
    'memory of WebAssembly that has grown',
    () => {
      const memory = new WebAssembly.Memory({ initial: 0, maximum: 1 })
      const array = new Uint8Array(memory.buffer)
      memory.grow(1)
      return array
    },
  ],
]

/** An array of signals that, when it is read, takes the memory of the other arguments away. */
export const detaching = others =>
  arrayThat(() => {
    for (const each of others) if (ArrayBuffer.isView(each)) tryToDetach(each)
    return 2
  })

function tryToDetach(view) {
  try {
    structuredClone(view.buffer, { transfer: [view.buffer] })
  } catch {
    // of memory that is shared, or not JavaScript's
  }
}
