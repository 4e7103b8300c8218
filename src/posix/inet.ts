// inet_pton inet_ntop
import { binding } from './binding.ts'
import { AF_INET } from './constants.ts'
import { check, systemError } from './errors.ts'

/**
 * The bytes of a numeric address, in network order, as inet_pton(3). It is strict: four decimal
 * numbers for `AF_INET`, no zone (`%eth0`) for `AF_INET6`.
 *
 * @returns null where the text is no address of this family
 * @throws SystemError EAFNOSUPPORT: another family
 * @see inet_pton(3)
 * @example
 * inet_pton(AF_INET, '10.0.0.1') // <Buffer 0a 00 00 01>
 */
export function inet_pton(family: number, text: string): Buffer | null {
  const address = Buffer.allocUnsafe(family === AF_INET ? 4 : 16)
  return check(binding.inet_pton(family, text, address), 'inet_pton') === 1 ? address : null
}

/**
 * The text of an address, as inet_ntop(3): the shortest one, in lower case.
 *
 * @param address 4 bytes for `AF_INET`, 16 for `AF_INET6`
 * @returns the text
 * @throws SystemError EAFNOSUPPORT: another family
 * @see inet_ntop(3)
 * @example
 * inet_ntop(AF_INET, Buffer.from([10, 0, 0, 1])) // '10.0.0.1'
 */
export function inet_ntop(family: number, address: Uint8Array): string {
  const text = binding.inet_ntop(family, address)
  if (typeof text === 'number') throw systemError(-text, 'inet_ntop')
  return text
}
