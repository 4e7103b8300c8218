// How a Node process must be started so that it can fork: V8 with one worker thread that is
// never in the middle of anything. Set at run time, the flags come too late.
import { execve } from '../posix/execve.ts'
import { keepPassedDescriptors } from './passedDescriptors.ts'

/** The flags of V8 without which fork is not safe. */
export const launchFlags: readonly string[] = ['--single-threaded', '--v8-pool-size=1']

/** The options that node was started with: those of NODE_OPTIONS, then those of the command line. */
export function nodeOptions(): string[] {
  const inherited = (process.env.NODE_OPTIONS ?? '').split(/\s+/).filter(word => word !== '')
  return [...inherited, ...process.execArgv]
}

/** True if this process was started with the flags. */
export function isLaunched(): boolean {
  const flags = nodeOptions().map(flag => flag.replace(/^-+/, '').replaceAll('_', '-'))
  const last = flags.findLastIndex(flag => /^v8-pool-size(=|$)/.test(flag))
  const size = last < 0 ? '' : (flags[last]?.split('=')[1] ?? flags[last + 1])
  const single = flags.findLast(flag => flag === 'single-threaded' || flag === 'no-single-threaded')
  return size === '1' && single === 'single-threaded'
}

/** The user's options of node, then the flags, which win where both speak of the same thing. */
export function launchOptions(): string[] {
  // Node's own use of SIGUSR1, the inspector, costs a thread, and the daemon needs the signal.
  const signal = '--disable-sigusr1'
  const known = process.allowedNodeEnvironmentFlags.has(signal)
  const user = process.execArgv.filter(option => option !== signal && !launchFlags.includes(option))
  return [...user, ...launchFlags, ...(known ? [signal] : [])]
}

/**
 * Becomes node with the flags and a script, in the same process: same pid, same standard
 * descriptors, and those that a service manager has passed. It does not return.
 *
 * @param script the file to run and its arguments; default: what runs now
 * @param options of node, beside those that fork needs
 * @param environment what it finds in process.env
 * @throws SystemError of execve(2)
 * @see execve(2)
 * @example
 * if (!isLaunched()) launch()
 */
export function launch(
  script: readonly string[] = process.argv.slice(1),
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): never {
  keepPassedDescriptors()
  const words = [process.execPath, ...launchOptions(), ...options, ...script]
  execve(process.execPath, words, environment)
}

/** Before the name of a variable that node alone finds as it is: what the user has in it. */
const usersOwn = 'TRUEFORK_'

/** What node was started with, and the program does not find. */
const forNode: Record<string, string> = {}

/**
 * An environment in which node finds these variables, and the program what was there before, once
 * restoreEnvironment was called.
 */
export function withVariables(
  environment: NodeJS.ProcessEnv,
  variables: Record<string, string>,
): NodeJS.ProcessEnv {
  const changed: NodeJS.ProcessEnv = { ...environment, ...variables }
  for (const name of Object.keys(variables)) changed[usersOwn + name] = environment[name] ?? ''
  return changed
}

/**
 * Libuv's pool has one thread instead of four. Node 20 starts it to read modules, and each fork pays
 * for each thread: its stack, and a look at what it does. A child starts a pool of its own, of the size
 * that the user wants.
 */
export const smallPool = { UV_THREADPOOL_SIZE: '1' }

/** The environment for a process that is started as this one was. */
export const environmentOfStart = (): NodeJS.ProcessEnv => withVariables(process.env, forNode)

/** Once modules have been read: from now on process.env is as the user wants it. */
export function restoreEnvironment(): void {
  for (const name of ['UV_THREADPOOL_SIZE', 'LD_PRELOAD']) {
    const value = process.env[usersOwn + name]
    if (value === undefined) continue
    forNode[name] = process.env[name] ?? ''
    delete process.env[usersOwn + name]
    if (value === '') delete process.env[name]
    else process.env[name] = value
  }
}
