// The rules of who may connect, and from where: the first one that matches decides.
import { type Address, contains, type Network, networkFrom } from './addresses.ts'

/** A rule: `allow 10.0.0.0/8`, `deny all`. */
export interface Rule {
  text: string
  allows: boolean
  network: Network | 'all'
}

/** What the rules say of an address. */
export interface Decision {
  allowed: boolean
  /** The rule that decided; undefined where none matches. */
  rule: Rule | undefined
}

/** @throws RangeError: what is wrong with the rule, and what would be right */
export function ruleFrom(text: string): Rule {
  const [, verb, where] = /^\s*(allow|deny)\s+(\S+)\s*$/.exec(text) ?? []
  if (where === undefined) {
    throw new RangeError(
      'expected "allow" or "deny", then a network, an address or "all", as in "allow 10.0.0.0/8"',
    )
  }
  return { text, allows: verb === 'allow', network: where === 'all' ? where : networkFrom(where) }
}

/** Where no rule matches, only a list that forbids and never allows lets the client in. */
export function decideAccess(rules: readonly Rule[], address: Address): Decision {
  const rule = rules.find(({ network }) => network === 'all' || contains(network, address))
  return { allowed: rule ? rule.allows : !rules.some(({ allows }) => allows), rule }
}

/** Why an address is allowed or not. */
export const reasonFor = ({ rule, allowed }: Decision): string =>
  rule?.text ?? (allowed ? 'no rule matches' : 'no rule matches, and there is one that allows')
