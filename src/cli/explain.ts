import type { Command } from 'commander'
import { decideAccess, reasonFor, ruleFrom } from '../server/access.ts'
import { addressFrom } from '../server/addresses.ts'
import { settingsFrom } from '../server/configuration.ts'
import type { ServeOptions } from '../server/options.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { optionFor } from './option.ts'

export function addExplainOptions(command: Command): Command {
  return command
    .description('would a client of this address be let in, and which rule decides?')
    .usage('ADDRESS [options]')
    .addOption(optionFor('config'))
    .addOption(optionFor('access'))
}

/** `truefork explain ADDRESS`: 0 if the access rules let it in, 1 if they do not. */
export function explain(address: string, options: ServeOptions): void {
  const bytes = addressFrom(address)
  if (!bytes) {
    const expected = 'expected a numeric address, as 192.0.2.1 or 2001:db8::1'
    throw new CommandError(exitStatus.usage, `${expected}, got '${address}'`)
  }
  const rules = [settingsFrom(options).access].flat().map(ruleFrom)
  const decision = decideAccess(rules, bytes)
  const by = decision.rule ? ` by rule ${rules.indexOf(decision.rule) + 1}` : ''
  const outcome = decision.allowed ? 'let in' : 'refused'
  const reason = rules.length === 0 ? 'there are no rules' : reasonFor(decision)
  console.log(`${address} is ${outcome}${by}: ${reason}`)
  if (!decision.allowed) process.exit(exitStatus.no)
}
