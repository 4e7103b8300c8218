// Numeric addresses and networks as bytes.
import { AF_INET, AF_INET6 } from '../posix/constants.ts'
import { inet_ntop, inet_pton } from '../posix/inet.ts'

/** An address in network order: 4 bytes of IPv4, 16 of IPv6. */
export type Address = Uint8Array

/** The addresses that have the first `bits` of `start`. */
export interface Network {
  start: Address
  bits: number
}

/**
 * The bytes of a numeric address. IPv6 that stands for IPv4 (`::ffff:192.0.2.1`) is that IPv4
 * address; a zone (`%eth0`) is left out.
 *
 * @returns undefined where the text is no numeric address
 */
export function addressFrom(text: string): Address | undefined {
  const [numeric = ''] = text.split('%', 1)
  const address = text.includes(':') ? inet_pton(AF_INET6, numeric) : inet_pton(AF_INET, text)
  if (!address) return undefined
  return isMapped(address) ? address.subarray(12) : address
}

const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
const isMapped = (address: Address) =>
  address.length === 16 && mapped.every((byte, index) => byte === address[index])

const textOf = (address: Address): string =>
  inet_ntop(address.length === 4 ? AF_INET : AF_INET6, address)

/**
 * The network that a text names: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
 *
 * @throws RangeError: it names none. The message tells what would be right
 */
export function networkFrom(text: string): Network {
  const [host = '', prefix, ...more] = text.split('/')
  const start = host.includes('%') ? undefined : addressFrom(host)
  if (!start || more.length > 0) {
    throw new RangeError(
      'expected an address, as 192.0.2.1 or 2001:db8::1, or a network, as 192.0.2.0/24',
    )
  }
  const all = start.length * 8
  const ignored = host.includes(':') ? 128 - all : 0
  const bits = prefix === undefined ? all : wholeNumber(prefix) - ignored
  if (!(bits >= 0 && bits <= all)) {
    throw new RangeError(`expected a prefix from ${ignored} to ${all + ignored}, got '${prefix}'`)
  }
  const network = networkOf(start, bits)
  if (!contains({ start, bits: all }, network.start)) {
    throw new RangeError(
      `expected the start of a network, ${nameOf(network)}, or the address alone`,
    )
  }
  return network
}

const wholeNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : Number.NaN)

/** The network of so many bits in which an address lies. */
export function networkOf(address: Address, bits: number): Network {
  const start = new Uint8Array(address)
  for (let index = bits >> 3; index < start.length; index++) {
    start[index] = (start[index] as number) & maskOf(bits - index * 8)
  }
  return { start, bits }
}

/** A network in words; one of a single address is that address. */
export const nameOf = ({ start, bits }: Network): string =>
  bits === start.length * 8 ? textOf(start) : `${textOf(start)}/${bits}`

/** Whether an address lies in a network; one of the other family never does. */
export function contains({ start, bits }: Network, address: Address): boolean {
  if (address.length !== start.length) return false
  for (let index = 0; index * 8 < bits; index++) {
    const differing = (address[index] as number) ^ (start[index] as number)
    if (differing & maskOf(bits - index * 8)) return false
  }
  return true
}

// The first so many bits of a byte.
const maskOf = (bits: number) => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff)
