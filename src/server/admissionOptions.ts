// The options of admit: who is let in, and how many.
import * as v from 'valibot'
import { ruleFrom } from './access.ts'
import { networkFrom } from './addresses.ts'
import { number, type OptionRow, text, texts, wholeNumber } from './optionRow.ts'
import { penaltiesFrom } from './penalties.ts'
import { rateFrom } from './rates.ts'

/** What becomes of a client when there are `maxChildren` server processes. */
export type Overload = 'wait' | 'refuse'

export interface AdmissionOptions {
  /** How many server processes at most; default 256 */
  maxChildren?: number
  /** Further clients `wait` in the accept queue (default), or are accepted and closed: `refuse` */
  overload?: Overload
  /** How many server processes at most for clients of one source; default no limit */
  maxPerSource?: number
  /** How many clients of one source may come in how many seconds, as `10/60`; default no limit */
  maxRate?: string
  /** How many bits of an IPv4 address make a source; default 32 */
  sourcePrefix4?: number
  /** How many bits of an IPv6 address make a source; default 64 */
  sourcePrefix6?: number
  /** Sent to a client who is refused, as it is, at most 1024 bytes; default nothing */
  refuseMessage?: string
  /** Rules, as `allow 10.0.0.0/8`, `deny all`: the first that matches decides */
  access?: string | readonly string[]
  /**
   * For which ends of a server process its source is refused, and how many seconds, as
   * `SIGSEGV=90`, `255=5`
   */
  penalize?: string | readonly string[]
  /** The longest penalty in seconds; default 600 */
  penaltyMax?: number
  /** Networks and addresses that get no penalty, as `10.0.0.0/8` */
  penaltyExempt?: string | readonly string[]
}

export const admissionRows: Record<keyof AdmissionOptions, OptionRow> = {
  maxChildren: {
    schema: wholeNumber(1, 1_000_000),
    expected: 'a whole number from 1 to 1000000',
    help: 'server processes at most',
    argument: 'NUMBER',
    applied: 'reload',
    default: 256,
  },
  overload: {
    schema: v.picklist(['wait', 'refuse']),
    expected: 'wait or refuse',
    help: 'what further clients do: wait in the accept queue, or refuse: they are sent away',
    argument: 'WAY',
    applied: 'reload',
    default: 'wait',
  },
  maxPerSource: {
    schema: wholeNumber(1, 1_000_000),
    expected: 'a whole number from 1 to 1000000',
    help: 'server processes at most for one source',
    argument: 'NUMBER',
    applied: 'reload',
    read: number,
  },
  maxRate: {
    schema: v.custom(value => typeof value === 'string' && rateFrom(value) !== undefined),
    expected: 'clients in seconds, as 10/60',
    help: 'clients of one source in so many seconds, as 10/60',
    argument: 'N/SECONDS',
    applied: 'reload',
  },
  sourcePrefix4: {
    schema: wholeNumber(0, 32),
    expected: 'a whole number from 0 to 32',
    help: 'bits of an IPv4 address that make a source',
    argument: 'BITS',
    applied: 'reload',
    default: 32,
  },
  sourcePrefix6: {
    schema: wholeNumber(0, 128),
    expected: 'a whole number from 0 to 128',
    help: 'bits of an IPv6 address that make a source',
    argument: 'BITS',
    applied: 'reload',
    default: 64,
  },
  refuseMessage: {
    schema: v.pipe(text, v.maxBytes(1024)),
    expected: 'text of 1 to 1024 bytes',
    help: 'sent to who is refused; \\n \\r \\t \\\\ and \\u0007 as in JavaScript',
    argument: 'TEXT',
    applied: 'reload',
    read: unescaped,
  },
  access: {
    schema: texts,
    expected: 'a list of rules, as ["allow 10.0.0.0/8", "deny all"]',
    help: 'allow or deny a network, an address or all; the first that matches decides; repeatable',
    argument: 'RULE',
    applied: 'reload',
    repeatable: true,
    check: ruleFrom,
    default: [],
  },
  penalize: {
    schema: texts,
    expected: 'a list of penalties, as ["SIGSEGV=90", "255=5"]',
    help: 'refuse a source for so long if its server process ends so, as SIGSEGV=90; repeatable',
    argument: 'STATUS=SECONDS',
    applied: 'reload',
    repeatable: true,
    check: penaltiesFrom,
    default: [],
  },
  penaltyMax: {
    schema: v.pipe(v.number(), v.minValue(1), v.maxValue(86_400)),
    expected: 'seconds, from 1 to 86400',
    help: 'the longest penalty in seconds',
    argument: 'SECONDS',
    applied: 'reload',
    default: 600,
  },
  penaltyExempt: {
    schema: texts,
    expected: 'a list of networks, as ["10.0.0.0/8"]',
    help: 'a network that gets no penalty; repeatable',
    argument: 'CIDR',
    applied: 'reload',
    repeatable: true,
    check: networkFrom,
    default: [],
  },
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

// A command line has no other way to write the end of a line; the file has that of TOML.
function unescaped(written: string): string {
  return written.replace(/\\(u[\da-f]{4}|.?)/gi, (whole, letter: string) => {
    if (letter.length === 5) return String.fromCharCode(Number.parseInt(letter.slice(1), 16))
    const character = escapes[letter]
    if (character !== undefined) return character
    throw new RangeError(`'${whole}' stands for nothing; what does is \\n \\r \\t \\\\ \\uXXXX`)
  })
}
