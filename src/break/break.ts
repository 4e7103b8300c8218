// `truefork serve --break NAME`: the server with one classic mistake in it, for those who want to see
// what the text warns of. Nothing of this is loaded otherwise, and no configuration file can ask for it.
import type { ServerEvent } from '../server/events.ts'
import type { Handler } from '../server/server.ts'
import { watchCalls } from './calls.ts'
import type { Mistake } from './mistake.ts'
import { mistakes } from './mistakes.ts'

/**
 * Makes a mistake in the server of this process, from now on, and says so.
 *
 * @param name one of mistakeNames()
 * @returns what is to be told of each event: once the server listens, it says how to see what is wrong
 */
export function breakServer(name: string, handler: Handler): (event: ServerEvent) => void {
  const mistake = mistakes.get(name) as Mistake
  watchCalls()
  mistake.make(handler)
  say(`BROKEN on purpose, ${name}: ${mistake.wrong}`)
  if (mistake.widened) say(`so that it can be seen, ${mistake.widened}`)
  return event => {
    if (event.event !== 'listening' || !('host' in event)) return
    const [command, effect] = mistake.see
    say(`try: ${filled(command, event.host, String(event.port), String(event.pid))}`)
    say(`see: ${filled(effect, event.host, String(event.port), String(event.pid))}`)
  }
}

/** All mistakes, for people: `--break list`. */
export const listMistakes = (): string =>
  [...mistakes].map(([name, mistake]) => entry(name, mistake)).join('\n')

export const mistakeNames = (): string[] => [...mistakes.keys()]

const filled = (text: string, host: string, port: string, pid: string) =>
  text.replaceAll('{host}', host).replaceAll('{port}', port).replaceAll('{pid}', pid)

function entry(name: string, { wrong, code, see: [command, effect], widened }: Mistake): string {
  const lines = [
    name,
    `  wrong: ${wrong}`,
    `  in C:  ${code}`,
    `  try:   ${filled(command, '127.0.0.1', 'PORT', 'PID')}`,
    `  see:   ${filled(effect, '127.0.0.1', 'PORT', 'PID')}`,
  ]
  if (widened) lines.push(`  note:  ${widened}`)
  return `${lines.join('\n')}\n`
}

const say = (text: string) => process.stderr.write(`truefork: ${text}\n`)
