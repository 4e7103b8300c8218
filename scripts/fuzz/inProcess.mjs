// The parser, in this process: what it says of each header, of its beginnings, and with more behind it.
import { anyHeader } from './headers.mjs'
import { bytesOf, reference } from './reference.mjs'

/**
 * @param onFault is told of each header of which the parser says what is not so
 * @returns how many were of which kind
 */
export function fuzzParser(parse, random, count, onFault) {
  const kinds = {}
  for (let index = 0; index < count; index++) {
    const bytes = Buffer.concat([anyHeader(random), random.bytes(random.pick([0, 0, 1, 30]))])
    try {
      const said = check(parse, random, bytes)
      kinds[said.kind] = (kinds[said.kind] ?? 0) + 1
    } catch (error) {
      onFault(`header ${index}: ${error.message}: ${bytes.toString('hex')}`)
    }
  }
  return kinds
}

function check(parse, random, bytes) {
  const said = parse(Buffer.from(bytes))
  const expected = reference(bytes)
  expectSame(simplified(said), expected, 'says')
  if (said.kind === 'incomplete') return said
  // What stands behind it changes nothing.
  const more = Buffer.concat([bytes, random.bytes(20)])
  expectSame(simplified(parse(more)), expected, 'says with more behind it')
  // And half of it says nothing else.
  const part = bytes.subarray(0, random.below(bytes.length + 1))
  const early = simplified(parse(part))
  if (early.kind !== 'incomplete') expectSame(early, expected, `says of ${part.length} bytes`)
  if (said.length > bytes.length) throw new Error('it is longer than what there is')
  return said
}

function simplified({ kind, length, source, destination }) {
  if (kind !== 'proxied') return length === undefined ? { kind } : { kind, length }
  const [from, to] = [bytesOf(source.host), bytesOf(destination.host)]
  const family = source.family === destination.family && from.length === to.length
  if (!family || source.family !== (from.length === 8 ? 'IPv4' : 'IPv6'))
    throw new Error(`families ${source.family} and ${destination.family}`)
  return { kind, length, source: from, destination: to, ports: [source.port, destination.port] }
}

function expectSame(said, expected, what) {
  const [one, other] = [said, expected].map(result => JSON.stringify(result))
  if (one !== other) throw new Error(`the parser ${what} ${one}, the reference ${other}`)
}
