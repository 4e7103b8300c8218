// The option --break of `truefork serve`.
import { breakServer, listMistakes, mistakeNames } from '../break/break.ts'
import { settingsFrom } from '../server/configuration.ts'
import type { ServeOptions } from '../server/options.ts'
import { serve } from '../server/serve.ts'
import type { Handler } from '../server/server.ts'
import type { Outcome } from '../server/topProcess.ts'
import { CommandError, exitStatus } from './exitStatus.ts'

export function list(): void {
  process.stdout.write(listMistakes())
}

/**
 * @returns what starts a server with that mistake
 * @throws CommandError there is no such mistake, or it has no place in such a server
 */
export function starter(
  mistake: string,
  given: ServeOptions,
): (options: ServeOptions, handler: Handler) => Promise<Outcome> {
  if (!mistakeNames().includes(mistake)) {
    const known = ['list', ...mistakeNames()].join(', ')
    throw new CommandError(exitStatus.usage, `--break: expected one of ${known}, got '${mistake}'`)
  }
  const { model, daemon } = settingsFrom(given)
  if (model !== 'fork' || daemon) {
    const wrong = daemon ? '--daemon' : `--model ${model}`
    const message = `--break: a broken server has the model fork and stays in the foreground: no ${wrong}`
    throw new CommandError(exitStatus.usage, message)
  }
  return (options, handler) =>
    serve({ ...options, onEvent: breakServer(mistake, handler) }, handler)
}
