// A UNIX program in the place of a handler, as inetd and tcpserver have it: the server process turns
// into it, with the accepted socket as standard input and output.
import { start } from '../fork/start.ts'
import { isSystemError } from '../posix/errors.ts'
import { traceMe } from '../posix/execve.ts'
import { ProcessImage } from '../posix/processImage.ts'
import { tracing } from '../posix/tracing.ts'
import type { Fd, Pid } from '../posix/types.ts'
import type { Settings } from './configuration.ts'
import { Failure } from './failure.ts'
import { explainRefusal, findProgram, ProgramError } from './findProgram.ts'
import { type Resources, takeResources } from './resources.ts'
import type { Client, Server } from './server.ts'
import { tuneSocket } from './tuneSocket.ts'
import { commonVariables, tcpVariables, variablesOf } from './ucspi.ts'

/** The exit statuses by which shells tell that they could not execute a program. */
const notExecutable = 126
const notFound = 127

const unknownLimit =
  'the soft limit of descriptors is that to which node has raised it, and what it was is not known here: set it with --limit nofile=SOFT:HARD'

/** An address for what is only tried out. */
const nobody = { family: 'IPv6', host: '::ffff:127.0.0.1', port: 0 } as const

/** The program that serves in the place of a handler: `new Program(['cat'])`. */
export class Program {
  /** False where node has changed the soft limit of descriptors, and nobody knows what it was. */
  hasOwnLimit = true
  readonly #argv: readonly [string, ...string[]]
  #image!: ProcessImage

  /** @param argv the program, as a path or as a name to be found in PATH, and its arguments */
  constructor(argv: readonly [string, ...string[]]) {
    this.#argv = argv
  }

  /**
   * Finds the program. In the daemon process, once it has the rights and the root directory that
   * its server processes will have.
   *
   * @throws ProgramError: there is none, or it may not be executed
   */
  find(settings: Settings): void {
    const directory = settings.chroot === undefined ? start.directory : '/'
    const path = findProgram(this.#argv[0], process.env.PATH, directory)
    this.#image = new ProcessImage(path, this.#argv, commonVariables(process.env))
    // A function that the daemon process has called is compiled; each child would do it anew.
    tcpVariables(nobody, nobody)
  }

  /**
   * In the daemon process: a server process that is the program from its first moment. What is
   * copied by fork would be thrown away by execve.
   *
   * @returns undefined where a fork is needed: a trace shows what a server process does on its way
   * to the program, a client of AF_UNIX has its process id in the environment, and of a client that
   * is lost already the server process is to tell
   * @throws SystemError of vfork(2)
   */
  start(client: Client, server: Server): Pid | undefined {
    const variables = tracing.now ? undefined : knownVariables(client, server.settings)
    if (!variables) return undefined
    const { limits, nice, umask } = server.resources ?? {
      limits: [],
      nice: undefined,
      umask: undefined,
    }
    const onEndOfParent = server.settings.onDaemonDeath === 'terminate' ? 'SIGTERM' : undefined
    const attributes = { limits, nice, umask, onEndOfParent } as const
    const { pid, failure } = this.#image.spawn(
      this.#standard(client, server.settings),
      variables,
      attributes,
    )
    if (failure) server.report({ event: 'error', client: client.name, message: failure.message })
    return pid
  }

  /** In a server process that was forked, which becomes the program. */
  serve(client: Client, { settings, resources }: Server): never {
    return this.#become(this.#standard(client, settings), variablesOf(client), resources)
  }

  #standard({ fd }: Client, { stderr }: Settings): Fd[] {
    return stderr === 'client' ? [fd, fd, fd] : [fd, fd]
  }

  #become(standard: readonly Fd[], variables: readonly string[], resources?: Resources): never {
    try {
      // The last thing: they are for the program, and V8 might not live with them.
      if (resources) takeResources(resources)
      return this.#image.enter(standard, variables)
    } catch (error) {
      if (!isSystemError(error)) throw error
      const isMissing = isSystemError(error, 'ENOENT', 'ENOTDIR')
      throw new Failure(error.message, isMissing ? notFound : notExecutable)
    }
  }

  /**
   * In a child that serves nobody: goes as far as it can without one instruction of the program
   * being executed. If the system takes the program, the process is stopped there.
   *
   * @throws Failure: what a client would have met
   */
  rehearse(standard: Fd): void {
    try {
      traceMe()
    } catch (error) {
      // Not allowed here: then the first client will show it.
      if (isSystemError(error)) return
      throw error
    }
    this.#become([standard, standard], tcpVariables(nobody, nobody))
  }

  /** What those who start the server should know, once it listens. */
  warning({ limit }: Settings): string | undefined {
    const isSet = [limit].flat().some(text => text.startsWith('nofile='))
    return this.hasOwnLimit || isSet ? undefined : unknownLimit
  }

  /** @param message what a rehearsal has met */
  refusal(message: string): ProgramError {
    const { path } = this.#image
    return new ProgramError(path, explainRefusal(path, message))
  }
}

function knownVariables(client: Client, settings: Settings): string[] | undefined {
  if ('path' in client.address) return undefined
  try {
    tuneSocket(client, settings)
    return variablesOf(client)
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}
