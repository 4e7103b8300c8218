// The options of the hub, through which server processes talk to each other.
import * as v from 'valibot'
import { type OptionRow, wholeNumber } from './optionRow.ts'

export interface HubOptions {
  /** A process through which server processes talk to each other: `connection.hub`; default false */
  hub?: boolean
  /** How many messages of each topic the hub keeps for those who come later; default 100 */
  hubHistory?: number
}

export const hubRows: Record<keyof HubOptions, OptionRow> = {
  hub: {
    schema: v.boolean(),
    expected: 'true or false',
    help: 'a process through which server processes talk to each other: connection.hub',
    applied: 'start',
    default: false,
  },
  hubHistory: {
    schema: wholeNumber(0, 10_000),
    expected: 'a whole number from 0 to 10000',
    help: 'messages of each topic that the hub keeps for those who come later',
    argument: 'NUMBER',
    applied: 'start',
    default: 100,
  },
}
