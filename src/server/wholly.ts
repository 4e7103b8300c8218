import { setFlagsFromString } from 'node:v8'

/**
 * Loads a module so that V8 compiles all its functions now. Otherwise each is compiled when it is first
 * called: where that is in server processes, in each of them anew.
 *
 * @throws what loading it throws
 * @example
 * const { prefork } = await wholly(() => import('./prefork.ts'))
 */
export async function wholly<Module>(load: () => Promise<Module>): Promise<Module> {
  setFlagsFromString('--no-lazy')
  try {
    return await load()
  } finally {
    setFlagsFromString('--lazy')
  }
}
