// The options of admit: who is let in, and how many.
import * as v from 'valibot'
import { ruleFrom } from './access.ts'
import { type OptionRow, wholeNumber } from './optionRow.ts'

export interface AdmissionOptions {
  /** How many server processes at most; further clients wait in the accept queue; default 256 */
  maxChildren?: number
  /** Rules, as `allow 10.0.0.0/8`, `deny all`: the first that matches decides */
  access?: string | readonly string[]
}

/** Also none: a list of no rules is one. */
const texts = v.union([v.string(), v.array(v.string())])

export const admissionRows: Record<keyof AdmissionOptions, OptionRow> = {
  maxChildren: {
    schema: wholeNumber(1, 1_000_000),
    expected: 'a whole number from 1 to 1000000',
    help: 'server processes at most; further clients wait',
    argument: 'NUMBER',
    applied: 'reload',
    default: 256,
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
}
