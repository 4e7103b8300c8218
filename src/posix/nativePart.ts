// Finds and loads the compiled part: what was built here, or the prebuilt binary of this system.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const system = `${process.platform}-${process.arch}`

/** Nothing to load, or nothing that this system's linker takes. */
function isMissing(error: Error & { code?: string }): boolean {
  return error.code === 'ERR_DLOPEN_FAILED' || /^No native build was found/.test(error.message)
}

const ofMusl = `${packageRoot}prebuilds/${system}/truefork.musl.node`

/** The file that loadNativePart loads. */
export function nativePartFile(): string {
  try {
    return require('node-gyp-build').path(packageRoot)
  } catch {
    return ofMusl
  }
}

/**
 * The exports of the addon.
 *
 * @throws Error which says how to compile it, where there is none that fits
 */
export function loadNativePart(): unknown {
  try {
    return require('node-gyp-build')(packageRoot)
  } catch (error) {
    if (!isMissing(error as Error)) throw error
    return loadForMusl(error as Error)
  }
}

// node-gyp-build knows a system with musl by Alpine's mark; there are others.
function loadForMusl(first: Error): unknown {
  try {
    return require(ofMusl)
  } catch {
    const [why] = first.message.split('\n')
    const message = `truefork has no native part for ${system} that loads (${why}).
With a C++ compiler, make and Python it is compiled by: npm rebuild truefork --foreground-scripts`
    throw new Error(message, { cause: first })
  }
}
