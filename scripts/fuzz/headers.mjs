// Headers of the PROXY protocol: right ones of both versions, ones that are nearly right, and noise.
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n')
const families = [0x00, 0x01, 0x10, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32]
const sizes = { 17: 12, 18: 12, 33: 36, 34: 36, 49: 216, 50: 216 }

const v4 = random => Array.from({ length: 4 }, () => random.below(256)).join('.')

function v6(random) {
  const groups = Array.from({ length: 8 }, () =>
    random.below(3) === 0 ? '0' : random.below(0x10000).toString(16),
  )
  const text = groups.join(':')
  const style = random.below(5)
  if (style === 0) return text.toUpperCase()
  if (style === 1) return `::${groups.slice(1 + random.below(7)).join(':')}`
  if (style === 2) return `${groups.slice(0, 1 + random.below(6)).join(':')}::`
  if (style === 3) return `::ffff:${v4(random)}`
  return text
}

function line(random) {
  const kind = random.below(5)
  if (kind === 0) return Buffer.from(random.pick(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN a b c\r\n']))
  const address = kind < 3 ? v4 : v6
  const port = () => random.below(65536)
  const words = ['PROXY', kind < 3 ? 'TCP4' : 'TCP6', address(random), address(random)]
  return Buffer.from(`${[...words, port(), port()].join(' ')}\r\n`)
}

function block(random) {
  const family = random.pick(families)
  const isLocal = random.below(5) === 0
  const addresses = random.bytes(isLocal ? random.below(40) : (sizes[family] ?? random.below(40)))
  const value = random.bytes(random.below(random.below(20) === 0 ? 3500 : 60))
  const more = Buffer.concat([
    Buffer.from([random.below(256), value.length >> 8, value.length]),
    value,
  ])
  const following = random.below(2) === 0 ? addresses : Buffer.concat([addresses, more])
  const head = Buffer.from([isLocal ? 0x20 : 0x21, family, 0, 0])
  head.writeUInt16BE(following.length, 2)
  return Buffer.concat([signature, head, following])
}

/** What a balancer sends. */
export const rightHeader = random => (random.below(2) === 0 ? line(random) : block(random))

/** Something is wrong with it, mostly: a byte, a piece that is missing, one that is twice there. */
function bent(random, bytes) {
  const at = random.below(Math.min(bytes.length, random.pick([20, 60, 5000])))
  const end = at + random.below(bytes.length - at + 1)
  switch (random.below(7)) {
    case 0: {
      const copy = Buffer.from(bytes)
      copy[at] ^= 1 << random.below(8)
      return copy
    }
    case 1: {
      const copy = Buffer.from(bytes)
      copy[at] = random.pick([0, 9, 10, 13, 32, 45, 46, 48, 58, 127, 128, 255])
      return copy
    }
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 4:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    case 5:
      return Buffer.concat([
        bytes.subarray(0, at),
        random.bytes(random.below(4)),
        bytes.subarray(at),
      ])
    default:
      return Buffer.concat([bytes.subarray(0, at), rightHeader(random)])
  }
}

/** Any beginning of a connection. */
export function anyHeader(random) {
  const kind = random.below(10)
  if (kind < 3) return rightHeader(random)
  if (kind < 9)
    return bent(random, kind < 8 ? rightHeader(random) : bent(random, rightHeader(random)))
  const start = random.pick([
    Buffer.alloc(0),
    signature,
    Buffer.from('PROXY '),
    Buffer.from('GET /'),
  ])
  return Buffer.concat([start, random.bytes(random.below(150))])
}
