// waitpid waitid kill getpid getppid setsid setpgid umask chdir alarm setParentDeathSignal
// adoptOrphans setproctitle execve traceMe _exit
import { binding } from './binding.ts'
import { P_ALL, P_PGID, P_PID } from './constants.ts'
import { check, wrongArgument } from './errors.ts'
import {
  deliverSignals,
  interruptible,
  isChosen,
  type Signal,
  signalNumber,
  watchSignals,
} from './signals.ts'
import { childStatus, type WaitStatus, waitStatus } from './status.ts'
import { asPid, type Pid } from './types.ts'

/**
 * Waits for a child to end and collects it, as waitpid(2): its process id and its status, which
 * are then gone from the system.
 *
 * @param pid the child; -1 any child, 0 any of the own process group, -N any of group N.
 * -1 also takes the children of `node:child_process`, which then never see their exit event.
 * @param options `WNOHANG`, `WUNTRACED`, `WCONTINUED`, or'ed; default 0
 * @returns null with `WNOHANG` if no child has ended yet
 * @throws SystemError ECHILD: no such child; EINTR: a signal came whose handler has no SA_RESTART
 * @see waitpid(2)
 * @example
 * const pid = fork()
 * if (pid === 0) _exit(7)
 * waitpid(pid) // { pid, status: { kind: 'exited', code: 7 } }
 */
export function waitpid(pid: Pid | -1 | 0, options = 0): { pid: Pid; status: WaitStatus } | null {
  watchSignals()
  const status = new Int32Array(1)
  const found = interruptible(() => binding.waitpid(pid, options, status), 'waitpid')
  return found === 0 ? null : { pid: asPid(found), status: waitStatus(status[0] as number) }
}

/** Whom waitid(2) waits for. */
export type WaitTarget = { type: 'all' } | { type: 'pid' | 'group'; id: Pid }

/**
 * Waits for a child as waitpid does, but can also only look: with `WNOWAIT` the child stays to be
 * collected.
 *
 * @param options at least one of `WEXITED`, `WSTOPPED`, `WCONTINUED`; `WNOHANG`, `WNOWAIT`
 * @returns null with `WNOHANG` if there is none
 * @throws SystemError ECHILD, EINTR, EINVAL (no kind of event asked for)
 * @see waitid(2)
 * @example
 * waitid({ type: 'all' }, WEXITED | WNOHANG | WNOWAIT) // who has ended? Nobody is collected.
 */
export function waitid(
  target: WaitTarget,
  options: number,
): { pid: Pid; status: WaitStatus } | null {
  const types = new Map([
    ['all', P_ALL],
    ['pid', P_PID],
    ['group', P_PGID],
  ])
  const type = types.get(target?.type)
  if (type === undefined)
    throw wrongArgument('target', "{type: 'all'}, {type: 'pid' or 'group', id}")
  const id = target.type === 'all' ? 0 : target.id
  watchSignals()
  const child = { code: 0, status: 0 }
  const found = interruptible(() => binding.waitid(type, id, options, child), 'waitid')
  return found === 0 ? null : { pid: asPid(found), status: childStatus(child.code, child.status) }
}

/**
 * Sends a signal to a process, as kill(2). A signal that the process sends to itself and catches
 * has been handled when this returns.
 *
 * @param pid a process; 0 the own process group; -N group N
 * @param signal a name, a number, or 0 to only ask whether the process exists
 * @throws SystemError ESRCH: no such process; EPERM: not allowed
 * @see kill(2)
 * @example
 * kill(getpid(), 0)
 */
export function kill(pid: Pid | number, signal: Signal): void {
  check(binding.kill(pid, signalNumber(signal)), 'kill', String(pid))
  deliverSignals()
}

/**
 * The id of this process, as getpid(2); right also in a child of fork.
 *
 * @returns the process id
 * @throws nothing
 * @see getpid(2)
 * @example
 * console.log(`process ${getpid()}`)
 */
export const getpid = (): Pid => asPid(binding.getpid())

/**
 * The id of the parent, as getppid(2); 1, or that of a subreaper, once the parent has ended.
 *
 * @returns the process id of the parent
 * @throws nothing
 * @see getppid(2)
 * @example
 * if (getppid() === 1) console.log('the parent has ended')
 */
export const getppid = (): Pid => asPid(binding.getppid())

/**
 * Starts a session without a terminal, led by this process, as setsid(2).
 *
 * @returns the id of the session, which is that of the process
 * @throws SystemError EPERM: it leads a process group already
 * @see setsid(2)
 * @example
 * if (fork() === 0) setsid()
 */
export const setsid = (): Pid => asPid(check(binding.setsid(), 'setsid'))

/**
 * Puts a process into a process group, as setpgid(2); 0 stands for the caller, and for the group
 * that it leads.
 *
 * @throws SystemError EACCES: a child that has called execve; EPERM, ESRCH
 * @see setpgid(2)
 * @example
 * setpgid(0, 0)
 */
export function setpgid(pid: Pid | 0, group: Pid | 0): void {
  check(binding.setpgid(pid, group), 'setpgid')
}

/**
 * Sets the mask of permissions for new files and returns the old one, as umask(2).
 *
 * @returns the mask until now
 * @throws nothing
 * @see umask(2)
 * @example
 * const old = umask(0o077)
 * umask(old)
 */
export const umask = (mask: number): number => binding.umask(mask)

/**
 * Changes the working directory, as chdir(2).
 *
 * @throws SystemError ENOENT, ENOTDIR, EACCES
 * @see chdir(2)
 * @example
 * chdir('/')
 */
export function chdir(path: string): void {
  check(binding.chdir(path), 'chdir', path)
  // Stay there, but have Node forget its copy of where it was.
  process.chdir('.')
}

/**
 * Has SIGALRM sent in `seconds`, in place of an alarm that was set before; 0: not any more.
 *
 * @returns the seconds that the last one had left; 0 if there was none
 * @throws nothing: an argument that is no whole number is a TypeError
 * @see alarm(2)
 * @example
 * sigaction('SIGALRM', { handler: () => console.log('the time is up') })
 * alarm(10)
 */
export const alarm = (seconds: number): number => binding.alarm(seconds)

/**
 * Has the system send this process a signal when its parent ends, however that ends. A parent that
 * has ended before the call is not noticed: compare getppid() afterwards. Children do not inherit
 * it, and a change of user takes it away.
 *
 * @param signal 0: none any more
 * @throws SystemError EINVAL
 * @see prctl(2) PR_SET_PDEATHSIG on Linux, procctl(2) PROC_PDEATHSIG_CTL on FreeBSD
 * @example
 * const parent = getpid()
 * if (fork() === 0) {
 *   setParentDeathSignal('SIGTERM')
 *   if (getppid() !== parent) _exit(0)
 * }
 */
export function setParentDeathSignal(signal: Signal | 0): void {
  check(binding.setParentDeathSignal(signalNumber(signal as Signal)), 'setParentDeathSignal')
}

/**
 * Makes this process the parent of all its descendants that lose their own, where init would be it:
 * a program that goes to the background stays in reach. They are to be collected by waitpid.
 *
 * @throws SystemError
 * @see prctl(2) PR_SET_CHILD_SUBREAPER on Linux, procctl(2) PROC_REAP_ACQUIRE on FreeBSD
 * @example
 * adoptOrphans()
 */
export function adoptOrphans(): void {
  check(binding.adoptOrphans(), 'adoptOrphans')
}

/**
 * Sets what ps(1) shows as the command of this process, as setproctitle(3). On Linux it takes the
 * room of the arguments that the process was started with, and is cut off at its end.
 *
 * @param title default: the one that the process had at its start
 * @throws nothing
 * @see setproctitle(3)
 * @example
 * setproctitle('echo: waiting for clients')
 */
export function setproctitle(title = ''): void {
  binding.setproctitle(title)
}

const nodesIgnored: Signal[] = ['SIGPIPE', 'SIGXFSZ']

/**
 * Replaces the program of this process by another, as execve(2). It does not return. Descriptors
 * opened here are closed by it; the signal mask and ignored signals stay, but for SIGPIPE and SIGXFSZ,
 * which Node ignores and the new program must find as they were.
 *
 * @param path the program; no search in PATH
 * @param argv its arguments, the first by custom its own name
 * @param environment default: that of this process
 * @returns never: this process is another program then
 * @throws SystemError ENOENT, EACCES, ENOEXEC, E2BIG
 * @see execve(2)
 * @example
 * if (fork() === 0) execve('/bin/echo', ['echo', 'hello'])
 */
export function execve(
  path: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): never {
  if (!Array.isArray(argv)) throw wrongArgument('argv', 'an array of strings')
  if (typeof environment !== 'object' || environment === null) {
    throw wrongArgument('environment', 'an object')
  }
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  // Node ignores these from its start. A program that says so itself, by sigaction, means it.
  const nodes = nodesIgnored.filter(signal => !isChosen(signal)).map(signalNumber)
  const result = binding.execve(path, [...argv], variables, nodes)
  check(result, 'execve', path)
  throw new Error('execve returned')
}

/**
 * Has the parent of this process trace it: execve stops it with SIGTRAP before the first
 * instruction of the new program, which tells the parent that it can be executed.
 *
 * @throws SystemError EPERM: it is traced already, or the system does not allow it
 * @see ptrace(2) PTRACE_TRACEME
 * @example
 * const pid = fork()
 * if (pid === 0) {
 *   traceMe()
 *   execve('/bin/cat', ['cat'])
 * }
 * waitpid(pid, WUNTRACED) // { pid, status: { kind: 'stopped', signal: 'SIGTRAP' } }
 */
export function traceMe(): void {
  check(binding.traceMe(), 'ptrace')
}

/**
 * Ends the process at once, as _exit(2): no listener runs, nothing is flushed.
 *
 * @param status 0 to 255
 * @returns never
 * @throws nothing
 * @see _exit(2)
 * @example
 * if (fork() === 0) _exit(0)
 */
export function _exit(status: number): never {
  return binding._exit(status)
}
