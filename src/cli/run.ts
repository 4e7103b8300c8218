import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from '../fork/launch.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { isTypeScript } from './typescript.ts'

/** `truefork run FILE`: the script takes this process over, as if node had been started with it. */
export function run(file: string, args: string[]): never {
  if (!existsSync(file)) throw new CommandError(exitStatus.noHandler, `${file}: no such file`)
  const starter = fileURLToPath(new URL('./runTypeScript.js', import.meta.url))
  launch(isTypeScript(file) ? [starter, resolve(file), ...args] : [resolve(file), ...args])
}
