// setuid setgid setgroups getgroups getresuid getresgid chroot getpwnam getpwuid getgrnam
// getgrouplist
import { binding } from './binding.ts'
import { ENOSYS } from './constants.ts'
import { check, systemError } from './errors.ts'

/** The three ids of a process: the saved one is what a set-user-id program can go back to. */
export interface ThreeIds {
  real: number
  effective: number
  saved: number
}

/** A user of this system, as passwd(5) has it. */
export interface User {
  name: string
  uid: number
  gid: number
  home: string
  shell: string
}

/**
 * Makes the process another user's, as setuid(2), in all its threads. From root, all three ids are
 * set, and there is no way back. On Linux that opens some descriptors, through which fork goes on
 * looking at the other threads: afterwards it could not any more.
 *
 * @throws SystemError EPERM: without the right, only to the real or saved id; EAGAIN: that user
 * has too many processes
 * @see setuid(2)
 * @example
 * setgroups([gid])
 * setgid(gid)
 * setuid(uid) // last: it takes the right to the others
 */
export function setuid(uid: number): void {
  // Should there be no /proc, fork says so itself.
  if (uid !== 0 && getresuid().effective === 0) binding.keepThreadsVisible()
  check(binding.setuid(uid), 'setuid', String(uid))
}

/**
 * Makes the process another group's, as setgid(2), in all its threads.
 *
 * @throws SystemError EPERM: without the right, only to the real or saved id
 * @see setgid(2)
 * @example
 * setgid(getgrnam('www')?.gid ?? 65534)
 */
export function setgid(gid: number): void {
  check(binding.setgid(gid), 'setgid', String(gid))
}

/**
 * Sets the supplementary groups, as setgroups(2). On FreeBSD before 15 the first of them becomes
 * the effective group.
 *
 * @throws SystemError EPERM: without the right; EINVAL: more than the system allows
 * @see setgroups(2)
 * @example
 * setgroups(getgrouplist('www', gid))
 */
export function setgroups(groups: readonly number[]): void {
  check(binding.setgroups(groups), 'setgroups')
}

/**
 * The supplementary groups, as getgroups(2).
 *
 * @returns their ids
 * @throws SystemError EINVAL: they have changed in between
 * @see getgroups(2)
 * @example
 * getgroups().includes(0)
 */
export function getgroups(): number[] {
  return idsFrom(binding.getgroups(), 'getgroups')
}

/**
 * The real, effective and saved user id, as getresuid(2).
 *
 * @returns all three
 * @throws nothing
 * @see getresuid(2)
 * @example
 * getresuid().saved === 0 // root can be had back
 */
export const getresuid = (): ThreeIds => threeFrom(binding.getresuid(), 'getresuid')

/**
 * The real, effective and saved group id, as getresgid(2).
 *
 * @returns all three
 * @throws nothing
 * @see getresgid(2)
 * @example
 * getresgid().effective
 */
export const getresgid = (): ThreeIds => threeFrom(binding.getresgid(), 'getresgid')

/**
 * Makes a directory the root of all paths of this process, as chroot(2). Directories that are open
 * outside of it stay a way out, as does the working directory: chdir('/') belongs to it.
 *
 * @throws SystemError EPERM: only root may; ENOENT, ENOTDIR, EACCES
 * @see chroot(2)
 * @example
 * chroot('/var/empty')
 * chdir('/')
 */
export function chroot(path: string): void {
  check(binding.chroot(path), 'chroot', path)
}

/**
 * Has no program that this process or a child of it becomes get more rights than it has itself:
 * set-user-id bits are without effect from now on. There is no way back.
 *
 * @returns false where the system has no such thing
 * @throws SystemError: the system does not allow it
 * @see prctl(2), PR_SET_NO_NEW_PRIVS (Linux); procctl(2), PROC_NO_NEW_PRIVS_CTL (FreeBSD)
 * @example
 * noNewPrivileges()
 */
export function noNewPrivileges(): boolean {
  const result = binding.noNewPrivileges()
  if (result === -ENOSYS) return false
  return check(result, 'no new privileges') === 0
}

/**
 * Has nobody but root look into the memory of this process, and of the children that it forks from
 * now on, whatever user they are; they leave no core files either. A new program starts afresh.
 *
 * @throws SystemError: the system does not allow it
 * @see prctl(2), PR_SET_DUMPABLE (Linux); procctl(2), PROC_TRACE_CTL (FreeBSD)
 * @example
 * forbidTracing()
 */
export function forbidTracing(): void {
  check(binding.forbidTracing(), 'forbid tracing')
}

/**
 * The user of that name, or undefined.
 *
 * @returns the user; undefined if there is none of that name
 * @throws SystemError: the database of users cannot be asked
 * @see getpwnam(3)
 * @example
 * getpwnam('nobody')?.uid
 */
export function getpwnam(name: string): User | undefined {
  return found(binding.getpwnam(name), 'getpwnam')
}

/**
 * The user with that id.
 *
 * @returns the user; undefined if there is none
 * @throws SystemError: the database of users cannot be asked
 * @see getpwuid(3)
 * @example
 * getpwuid(0)?.name // 'root'
 */
export function getpwuid(uid: number): User | undefined {
  return found(binding.getpwuid(uid), 'getpwuid')
}

/**
 * The group of that name.
 *
 * @returns the group; undefined if there is none
 * @throws SystemError: the database of groups cannot be asked
 * @see getgrnam(3)
 * @example
 * getgrnam('www')?.gid
 */
export function getgrnam(name: string): { name: string; gid: number } | undefined {
  return found(binding.getgrnam(name), 'getgrnam')
}

/**
 * The groups in which the database of groups has a user, as getgrouplist(3).
 *
 * @param gid comes first in any case: that of the user, or the one that is to be effective
 * @returns their ids, `gid` first
 * @throws nothing: a user whom nobody knows is in `gid` alone
 * @see getgrouplist(3)
 * @example
 * getgrouplist('nobody', 65534)
 */
export function getgrouplist(name: string, gid: number): number[] {
  return binding.getgrouplist(name, gid)
}

function idsFrom(result: number[] | number, syscall: string): number[] {
  if (typeof result === 'number') throw systemError(-result, syscall)
  return result
}

function threeFrom(result: number[] | number, syscall: string): ThreeIds {
  const [real, effective, saved] = idsFrom(result, syscall) as [number, number, number]
  return { real, effective, saved }
}

function found<T>(result: T | null | number, syscall: string): T | undefined {
  if (typeof result === 'number') throw systemError(-result, syscall)
  return result ?? undefined
}
