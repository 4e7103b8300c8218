// What a process is in a forking server. One of truefork says it in its title, see
// src/server/title.ts; of any other it is known who is whose child.
import type { Descriptor, Known } from './system.ts'

/** `spare` waits for a client, with the model prefork; `hub` and `live` serve none. */
export type Role = 'daemon' | 'server' | 'spare' | 'hub' | 'live' | 'parent' | 'child'

export interface Kinship {
  command: string
  descriptors: Known<readonly Descriptor[]>
  /** Its parent, where that is one of those shown. */
  parent: { role: Role; command: string } | undefined
  isParent: boolean
}

const daemonTitle = /^truefork: daemon\b/
const servingTitle = /^truefork: serving (.*)$/

/** True of a daemon process of truefork. With the model sequential it serves itself at times. */
export const isDaemon = (command: string): boolean => daemonTitle.test(command)

/** The client that the title names. */
export const titledClient = (command: string): string | undefined => servingTitle.exec(command)?.[1]

export function roleOf({ command, descriptors, parent, isParent }: Kinship): Role {
  const isChildOfDaemon = parent?.role === 'daemon'
  if (isDaemon(command)) {
    // A child is born with its parent's title; that of a successor, in an upgrade, is its own.
    return isChildOfDaemon && command === parent.command ? 'server' : 'daemon'
  }
  if (command === 'truefork: waiting') return 'spare'
  if (command === 'truefork: hub') return 'hub'
  if (command === 'truefork: live page') return 'live'
  if (servingTitle.test(command)) {
    const listens = descriptors?.some(({ kind }) => kind === 'listening')
    return !parent && listens ? 'daemon' : 'server'
  }
  if (isChildOfDaemon) return 'server'
  return isParent || !parent ? 'parent' : 'child'
}
