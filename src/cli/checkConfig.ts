// `truefork serve HANDLER --check-config`, and the same of exec: would it start so, and with which settings?
import { stringify } from 'smol-toml'
import { type Effective, effectiveSettings, type Origin } from '../server/effective.ts'
import { dashed, type WrittenOptions } from '../server/options.ts'
import { privilegesFrom } from '../server/privileges.ts'
import type { Program } from '../server/program.ts'
import { unfitOptions } from '../server/programOptions.ts'
import { checkHandler } from '../server/serve.ts'
import type { Handler } from '../server/server.ts'

/**
 * Prints the settings, as a configuration file that says the same.
 *
 * @throws as serve does before it opens a socket
 */
export function checkConfig(options: WrittenOptions, handler: Handler | Program): void {
  const { settings, effective, handlerLine } = effectiveSettings(options)
  checkHandler(handler, options, settings)
  privilegesFrom(options, settings)
  // With the rights of who asks; what a root directory holds is seen from inside alone.
  if (typeof handler !== 'function' && settings.chroot === undefined) handler.find(settings)
  const unfit = unfitOptions(handler)
  const lines = effective.filter(({ name }) => !unfit.includes(name)).map(lineFor)
  const width = Math.max(...lines.map(({ text }) => text.length))
  for (const { text, source } of lines) console.log(`${text.padEnd(width)}  # ${source}`)
  if (handlerLine === 0) return
  console.log(`\n# ${options.config}:${handlerLine}\n${stringify({ handler: settings.handler })}`)
}

function lineFor({ name, value, origin }: Effective): { text: string; source: string } {
  const key = dashed(name)
  const text = value === undefined ? `${key} =` : stringify({ [key]: value }).trim()
  // A configuration file cannot name another.
  const isComment = value === undefined || name === 'config'
  return { text: isComment ? `# ${text}` : text, source: sourceOf(origin) }
}

function sourceOf(origin: Origin): string {
  switch (origin.kind) {
    case 'given':
      return 'command line'
    case 'file':
      return `${origin.path}:${origin.line}`
    case 'default':
      return 'default'
    case 'unset':
      return 'not set'
  }
}
