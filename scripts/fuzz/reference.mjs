// What a header says, found in another way than the server finds it: by another hand, with no regular
// expression and no call of the system. Addresses as bytes in hexadecimal.
const signature = '0d0a0d0a000d0a515549540a'
const longest = 4096

export function reference(bytes) {
  const start = bytes.subarray(0, 12).toString('hex')
  if (signature.startsWith(start)) return readBlock(bytes)
  const head = bytes.subarray(0, 6).toString('latin1')
  return 'PROXY '.startsWith(head) ? readLine(bytes) : { kind: 'malformed' }
}

function readLine(bytes) {
  let end = -1
  for (let at = 0; at + 1 < Math.min(bytes.length, 107); at++) {
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) continue
    end = at
    break
  }
  if (end < 0) return { kind: bytes.length >= 107 ? 'malformed' : 'incomplete' }
  const words = bytes.subarray(0, end).toString('latin1').split(' ')
  const length = end + 2
  if (words[1] === 'UNKNOWN') return { kind: 'unknown', length }
  const bytesOf = { TCP4: bytesOfIPv4, TCP6: bytesOfIPv6 }[words[1]]
  if (!bytesOf || words.length !== 6) return { kind: 'malformed' }
  const [source, destination] = [bytesOf(words[2]), bytesOf(words[3])]
  const ports = words.slice(4).map(text => decimal(text, 65535))
  if (!source || !destination || ports.includes(undefined)) return { kind: 'malformed' }
  return { kind: 'proxied', length, source, destination, ports }
}

function decimal(text, most) {
  const value = [...text].reduce((sum, digit) => {
    const index = '0123456789'.indexOf(digit)
    return index < 0 ? Number.NaN : sum * 10 + index
  }, 0)
  return String(value) === text && value <= most ? value : undefined
}

const hex = (number, digits) => number.toString(16).padStart(digits, '0')

function bytesOfIPv4(text) {
  const parts = text.split('.').map(part => decimal(part, 255))
  return parts.length === 4 && !parts.includes(undefined)
    ? parts.map(part => hex(part, 2)).join('')
    : undefined
}

function bytesOfIPv6(text) {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [front, back] = halves.map((half, index) => groupsOf(half, index === halves.length - 1))
  if (front === undefined) return undefined
  if (halves.length === 1) return front.length === 32 ? front : undefined
  if (back === undefined) return undefined
  const missing = 32 - front.length - back.length
  return missing >= 4 ? front + '0'.repeat(missing) + back : undefined
}

// The last group may be IPv4, which takes the place of two.
function groupsOf(text, isLast) {
  if (text === '') return ''
  const groups = text.split(':').map((group, index, all) => {
    if (isLast && index === all.length - 1 && group.includes('.')) return bytesOfIPv4(group)
    const digits = [...group.toLowerCase()]
    const isRight = digits.length > 0 && digits.length <= 4
    return isRight && digits.every(digit => '0123456789abcdef'.includes(digit))
      ? group.toLowerCase().padStart(4, '0')
      : undefined
  })
  return groups.includes(undefined) ? undefined : groups.join('')
}

function readBlock(bytes) {
  const command = bytes[12]
  if (command !== undefined && command !== 0x20 && command !== 0x21) return { kind: 'malformed' }
  if (bytes.length < 16) return { kind: 'incomplete' }
  const claimed = bytes[14] * 256 + bytes[15]
  const length = 16 + claimed
  if (length > longest) return { kind: 'malformed' }
  const [family, transport] = [bytes[13] >> 4, bytes[13] & 15]
  if (command === 0x21) {
    if (family > 3 || transport > 2) return { kind: 'malformed' }
    if (transport > 0 && claimed < [0, 12, 36, 216][family]) return { kind: 'malformed' }
  }
  if (bytes.length < length) return { kind: 'incomplete' }
  if (command === 0x20) return { kind: 'local', length }
  if (transport !== 1 || family < 1 || family > 2) return { kind: 'unknown', length }
  const size = family === 1 ? 4 : 16
  const at = 16 + 2 * size
  return {
    kind: 'proxied',
    length,
    source: bytes.toString('hex', 16, 16 + size),
    destination: bytes.toString('hex', 16 + size, at),
    ports: [bytes[at] * 256 + bytes[at + 1], bytes[at + 2] * 256 + bytes[at + 3]],
  }
}

/** The bytes of an address as the server writes it. */
export const bytesOf = host => (host.includes(':') ? bytesOfIPv6(host) : bytesOfIPv4(host))
