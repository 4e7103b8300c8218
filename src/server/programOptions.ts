// Options fit either a handler or a program, most of them both.
import { isSet, type Settings, unusable } from './configuration.ts'
import { ConfigurationError } from './configurationFile.ts'
import { type GivenOptions, type OptionName, ofHandlers, ofPrograms } from './options.ts'
import type { Program } from './program.ts'
import type { Handler } from './server.ts'

/** The options that are not for it. */
export const unfitOptions = (handler: Handler | Program): readonly OptionName[] =>
  typeof handler === 'function' ? ofPrograms : ofHandlers

/** @throws TypeError or ConfigurationError: an option that would be without effect */
export function checkOptionsFor(
  handler: Handler | Program,
  given: GivenOptions,
  settings: Settings,
): void {
  const unfit = unfitOptions(handler).find(name => isSet(name, settings))
  if (unfit) throw unusable(given, unfit, unfit === 'idleTimeout' ? unseen : elsewhere(handler))
  if (typeof handler !== 'function') checkForProgram(given, settings)
}

const elsewhere = (handler: Handler | Program) =>
  typeof handler === 'function' ? 'it is for the programs of truefork exec' : hubless
const hubless = 'a program has no connection.hub: that is for the handlers of truefork serve'
const unseen = 'nobody sees whether a program reads or writes: use lifetime, or keepalive'

// A program knows nothing of this server but what UNIX tells every program.
function checkForProgram(given: GivenOptions, { model, handler }: Settings): void {
  if (model !== 'fork') {
    const reason = `a program has a process for each client: the model is fork, not ${model}`
    throw unusable(given, 'model', reason)
  }
  if (Object.keys(handler).length === 0) return
  const reason = 'a program has no settings but its arguments and environment'
  throw new ConfigurationError(`${given.config}: [handler]: ${reason}`)
}
