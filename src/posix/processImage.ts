// The other program that children of this process are to turn into: all that execve needs is made
// ready in the parent, once, so that each of them has little left to do.
import { binding } from './binding.ts'
import { F_DUPFD_CLOEXEC, SIG_SETMASK } from './constants.ts'
import { check, systemError } from './errors.ts'
import { ignoredSignals } from './signals.ts'
import type { Fd } from './types.ts'

const standardError = 2

/** A program with its arguments and environment: what execve(2) makes of a process. */
export class ProcessImage {
  readonly path: string
  readonly #argv: string[]
  readonly #environment: string[]
  readonly #ignored: number[]

  /**
   * @param path no search in PATH
   * @param argv the first is by custom its own name
   */
  constructor(path: string, argv: readonly string[], environment: NodeJS.ProcessEnv) {
    this.path = path
    this.#argv = [...argv]
    this.#environment = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    // Those of Node, and those of whoever started it.
    this.#ignored = ignoredSignals()
  }

  /**
   * Turns this process into it: default dispositions of all signals, an empty mask, and no other
   * descriptors than the standard ones.
   *
   * @param standard what descriptors 0, 1 and, if there is a third, 2 are to be
   * @param variables further ones of the environment, as `NAME=value`
   * @throws SystemError of dup2(2) or execve(2); standard error is then what it was
   */
  enter(standard: readonly Fd[], variables: readonly string[]): never {
    const replaced = standard.length > standardError ? keep(standardError) : undefined
    try {
      for (let to = 0; to < standard.length; to++) {
        check(binding.dup2(standard[to] as Fd, to), 'dup2', String(to))
      }
      binding.setMask(SIG_SETMASK, [])
      const environment = this.#environment.concat(variables)
      const result = binding.execve(this.path, this.#argv, environment, this.#ignored)
      throw systemError(-result, 'execve', this.path)
    } catch (error) {
      if (replaced !== undefined) binding.dup2(replaced, standardError)
      throw error
    }
  }
}

const keep = (fd: number) => check(binding.fcntl(fd, F_DUPFD_CLOEXEC, 0), 'fcntl', String(fd))
