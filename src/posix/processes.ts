// kill getpid getppid setsid setpgid umask chdir alarm setParentDeathSignal adoptOrphans setproctitle
// _exit
import { binding } from './binding.ts'
import { check } from './errors.ts'
import { type Signal, signalNumber } from './signalNames.ts'
import { deliverSignals } from './signals.ts'
import { asPid, type Pid } from './types.ts'

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
