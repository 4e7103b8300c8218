import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from '../fork/launch.ts'
import { O_CREAT, O_TRUNC, O_WRONLY } from '../posix/constants.ts'
import { close, open } from '../posix/descriptors.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { isTypeScript } from './typescript.ts'

export interface RunOptions {
  trace?: string
}

/** `truefork run FILE`: the script takes this process over, as if node had been started with it. */
export function run(file: string, args: string[], { trace }: RunOptions): never {
  if (!existsSync(file)) throw new CommandError(exitStatus.noHandler, `${file}: no such file`)
  const starter = fileURLToPath(new URL('./runTypeScript.js', import.meta.url))
  const script = isTypeScript(file) ? [starter, resolve(file)] : [resolve(file)]
  launch([...(trace === undefined ? [] : tracing(trace)), ...script, ...args])
}

/** The option of node that has it begin a trace before the script. */
function tracing(file: string): string[] {
  // Now, since the file is to begin anew, and to say so if it cannot be written.
  close(open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600))
  const module = new URL('./traced.js', import.meta.url)
  module.searchParams.set('file', resolve(file))
  return ['--import', module.href]
}
