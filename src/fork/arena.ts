// The arena: V8's whole heap in one place, its oldest part, too. V8 lays that out before the first line
// of JavaScript runs; so what keeps it together has to be in the process before node itself is.
import { nativePartFile } from '../posix/nativePart.ts'
import { withVariables } from './launch.ts'

/** Why there would be no arena here; undefined if there is one. */
export function noArena(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `it is for Linux on 64-bit x86, this is ${process.platform} on ${process.arch}`
  // ld.so(8) takes them for the end of a name.
  const file = nativePartFile()
  return /[\s:]/.test(file) ? `LD_PRELOAD cannot name ${file}, for its space or colon` : undefined
}

/** An environment in which node starts with the native part loaded before it, as ld.so(8) does that. */
export function withArena(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (noArena() !== undefined) return environment
  const files = [nativePartFile(), environment.LD_PRELOAD ?? ''].filter(file => file !== '')
  return withVariables(environment, { LD_PRELOAD: files.join(':') })
}

/** True if this process was started so. To be asked before restoreEnvironment. */
export const hasArena = (): boolean => process.env.TRUEFORK_LD_PRELOAD !== undefined
