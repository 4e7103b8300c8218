// Privileges: what the daemon process gives up once what needs them is done, and before it lets
// anybody in.
import { resolve } from 'node:path'
import {
  chroot,
  forbidTracing,
  getgrnam,
  getgrouplist,
  getgroups,
  getpwnam,
  getpwuid,
  getresgid,
  getresuid,
  noNewPrivileges,
  setgid,
  setgroups,
  setuid,
} from '../posix/credentials.ts'
import { isSystemError } from '../posix/errors.ts'
import { chdir } from '../posix/processes.ts'
import { type Endpoint, formatAddress } from '../posix/sockets.ts'
import { type Settings, unusable, unusableOption } from './configuration.ts'
import type { ServeOptions } from './options.ts'

/** Who the daemon process becomes, and where, in the numbers of the system. */
export interface Privileges {
  root: string | undefined
  uid: number | undefined
  gid: number | undefined
  /** The supplementary groups, with `gid` as the first. */
  groups: readonly number[]
}

/**
 * Looks up whom the options name: at the start, since a chroot hides the databases.
 *
 * @throws TypeError or ConfigurationError: there is no such user or group
 */
export function privilegesFrom(given: ServeOptions, settings: Settings): Privileges {
  const root = settings.chroot === undefined ? undefined : resolve(settings.chroot)
  const group = settings.group === undefined ? undefined : groupFrom(given, settings.group)
  if (settings.user === undefined) {
    return { root, uid: undefined, gid: group, groups: group === undefined ? [] : [group] }
  }
  const { name, uid, gid: own } = userFrom(given, settings.user)
  const gid = group ?? own
  if (gid === undefined) {
    throw unusable(given, 'user', `${uid} is no known user's id: a group is needed, too`)
  }
  return { root, uid, gid, groups: name === undefined ? [gid] : getgrouplist(name, gid) }
}

function userFrom(given: ServeOptions, user: string | number) {
  const id = idFrom(user)
  const entry = getpwnam(String(user)) ?? (id === undefined ? undefined : getpwuid(id))
  if (entry) return entry
  if (id === undefined) throw unusable(given, 'user', `this system has no user '${user}'`)
  return { name: undefined, uid: id, gid: undefined }
}

function groupFrom(given: ServeOptions, group: string | number): number {
  const gid = getgrnam(String(group))?.gid ?? idFrom(group)
  if (gid === undefined) throw unusable(given, 'group', `this system has no group '${group}'`)
  return gid
}

const highestId = 2 ** 32 - 2

const idFrom = (text: string | number): number | undefined =>
  /^\d+$/.test(String(text)) && Number(text) <= highestId ? Number(text) : undefined

/** True if the process is root's, and stays it. */
export const staysRoot = ({ uid }: Privileges): boolean =>
  getresuid().effective === 0 && (uid ?? 0) === 0

/** @throws TypeError: root would serve whoever can reach the address, and nobody has allowed it */
export function refuseRoot(
  privileges: Privileges,
  settings: Settings,
  addresses: readonly Endpoint[],
): void {
  const open = addresses.find(address => !isOwn(address))
  if (!open || settings.allowRoot || !staysRoot(privileges)) return
  const where = formatAddress(open)
  const message = `root is not to serve on ${where}, which others can reach: name a user with --user, or say --allow-root`
  throw Object.assign(new TypeError(message), { code: unusableOption })
}

// True for an address that only this machine reaches.
const isOwn = (address: Endpoint) =>
  'path' in address || address.host === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address.host)

/**
 * chroot, groups, group, user, no new privileges, no tracing, in this order: each takes the right to those
 * before it. Then looks whether they are gone.
 *
 * @throws SystemError: EPERM, or what the system says; EPERM also if root can be had back
 */
export function takePrivileges(privileges: Privileges): void {
  const { root, uid, gid, groups } = privileges
  if (root !== undefined) {
    chroot(root)
    chdir('/')
  }
  if (gid !== undefined && !isAlready(privileges)) {
    setgroups(groups)
    setgid(gid)
    if (uid !== undefined) setuid(uid)
  }
  if (uid !== undefined) {
    noNewPrivileges()
    // A change of user does so, but not where a new program of the same server has none to make.
    forbidTracing()
  }
  check(privileges)
}

// A new program of the same server, which has nothing left to give up, is no error.
function isAlready({ uid, gid, groups }: Privileges): boolean {
  return (
    (uid === undefined || areAll(getresuid(), uid)) &&
    (gid === undefined || (areAll(getresgid(), gid) && isSameSet(getgroups(), groups)))
  )
}

function check(privileges: Privileges): void {
  if (!isAlready(privileges)) throw kept('the ids of the process are not what was asked for')
  const { uid, gid } = privileges
  if (uid === undefined || uid === 0) return
  if (isPossible(() => setuid(0))) throw kept('root can be had back by setuid(0)')
  if (gid !== 0 && isPossible(() => setgid(0))) throw kept("root's group can be had back")
}

function isPossible(call: () => void): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (isSystemError(error, 'EPERM')) return false
    throw error
  }
}

const areAll = (ids: ReturnType<typeof getresuid>, id: number) =>
  ids.real === id && ids.effective === id && ids.saved === id

const isSameSet = (some: readonly number[], others: readonly number[]) =>
  some.every(id => others.includes(id)) && others.every(id => some.includes(id))

const kept = (reason: string) =>
  Object.assign(new Error(`privileges were not given up: ${reason}`), {
    code: 'EPERM',
    syscall: 'setuid',
  })
