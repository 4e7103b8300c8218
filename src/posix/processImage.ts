// The other program that children of this process are to turn into: all that execve needs is made
// ready in the parent, once, so that each of them has little left to do.
import { binding } from './binding.ts'
import { F_DUPFD_CLOEXEC, SIG_SETMASK } from './constants.ts'
import { check, type SystemError, systemError } from './errors.ts'
import type { ResourceLimit } from './limits.ts'
import { type Signal, signalNumber } from './signalNames.ts'
import { ignoredSignals } from './signals.ts'
import { asPid, type Fd, type Pid } from './types.ts'

const standardError = 2

/** What else is different in a child that spawn() starts. */
export interface SpawnAttributes {
  limits: readonly (ResourceLimit & { resource: number })[]
  nice: number | undefined
  umask: number | undefined
  /** Comes when the parent ends. */
  onEndOfParent: Signal | undefined
}

/** A child, and why it has not become the program and ends, if it has not. */
export interface Spawned {
  pid: Pid
  failure: SystemError | undefined
}

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

  /**
   * Starts it as a child, in a process group of its own, and otherwise as enter() leaves it. By
   * vfork(2): this process waits until the child is the program, and nothing of its memory is copied.
   *
   * @param standard what descriptors 0, 1 and, if there is a third, 2 of the child are to be
   * @throws SystemError EAGAIN: too many processes; ENOMEM: not enough memory
   * @see vfork(2), posix_spawn(3)
   */
  spawn(
    standard: readonly Fd[],
    variables: readonly string[],
    attributes: SpawnAttributes,
  ): Spawned {
    const { limits, nice, umask, onEndOfParent } = attributes
    const failure: { call?: string; errno?: number } = {}
    const pid = binding.spawn(
      this.path,
      this.#argv,
      this.#environment.concat(variables),
      this.#ignored,
      Int32Array.from(standard),
      Float64Array.from(limits.flatMap(({ resource, soft, hard }) => [resource, soft, hard])),
      onEndOfParent === undefined ? 0 : signalNumber(onEndOfParent),
      failure,
      nice,
      umask,
    )
    check(pid, 'vfork')
    const { call, errno = 0 } = failure
    const path = call === 'execve' ? this.path : undefined
    return { pid: asPid(pid), failure: call ? systemError(errno, call, path) : undefined }
  }
}

const keep = (fd: number) => check(binding.fcntl(fd, F_DUPFD_CLOEXEC, 0), 'fcntl', String(fd))
