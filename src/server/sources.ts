// Sources: what limits for each client count by. With the default prefixes an IPv4 address, and a
// network of 64 bits of IPv6, which is what a single customer has.
import { type Address, type Network, nameOf, networkOf } from './addresses.ts'

/** The network that counts as one, in words: `192.0.2.1`, `2001:db8:1:2::/64`. */
export type Source = string

export interface Prefixes {
  sourcePrefix4: number
  sourcePrefix6: number
}

export const sourceOf = (address: Address, prefixes: Prefixes): Source =>
  nameOf(networkOfSource(address, prefixes))

export const networkOfSource = (address: Address, prefixes: Prefixes): Network =>
  networkOf(address, address.length === 4 ? prefixes.sourcePrefix4 : prefixes.sourcePrefix6)

/** How many sources of one family a table remembers. */
export const maxSources = 4096

/** What is remembered of each source. */
export interface Table<Value> {
  get(source: Source): Value | undefined
  /**
   * Makes a new value of the old one.
   *
   * @param change may be called again if another process was quicker; undefined leaves the old value
   * @returns whether there is a new one
   */
  update(source: Source, change: (old: Value | undefined) => Value | undefined): boolean
}

/**
 * What is remembered of sources. Its memory is bounded: when there are too many of a family, the one
 * that was set longest ago is forgotten. Whoever has many addresses of IPv6 makes it forget none of
 * IPv4.
 */
export class SourceTable<Value> implements Table<Value> {
  readonly #IPv4 = new Map<Source, Value>()
  readonly #IPv6 = new Map<Source, Value>()

  get(source: Source): Value | undefined {
    return this.#familyOf(source).get(source)
  }

  update(source: Source, change: (old: Value | undefined) => Value | undefined): boolean {
    const value = change(this.get(source))
    if (value !== undefined) this.set(source, value)
    return value !== undefined
  }

  set(source: Source, value: Value): void {
    const family = this.#familyOf(source)
    family.delete(source) // what is set now stands last
    if (family.size >= maxSources) family.delete(family.keys().next().value as Source)
    family.set(source, value)
  }

  #familyOf(source: Source): Map<Source, Value> {
    return source.includes(':') ? this.#IPv6 : this.#IPv4
  }
}
