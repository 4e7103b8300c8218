// The hub: a process of its own, which the daemon process forks before it lets anybody in. It waits in
// one poll(2) for arrivals and for what members say, and for no single one of them. It ends when the
// last process has gone that could still arrive.
import { F_SETFL, O_NONBLOCK, POLLIN } from '../../posix/constants.ts'
import { fcntl, type PollFd, poll } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import { recvmsg } from '../../posix/messages.ts'
import { asPid, type Fd } from '../../posix/types.ts'
import { Peer } from './peer.ts'
import { Rooms } from './rooms.ts'

/** What the daemon process is told of the hub, in memory that they share. */
export interface HubCounts {
  members: number
  /** Published and sent. */
  messages: number
  /** Events that members have missed. */
  missed: number
  /** Ids do not begin anew with a new hub: no member is to be taken for another. */
  lastId: number
}

export interface HubPlan {
  /** Where members arrive: each message has one end of its connection with it. */
  control: Fd
  history: number
  counts: HubCounts
  /** Says what is wrong. */
  report(message: string): void
}

/** @returns when nobody is there, and nobody can come any more */
export function hubProcess({ control, history, counts, report }: HubPlan): void {
  const arrivals: PollFd = { fd: control, events: POLLIN }
  const rooms = new Rooms(history, () => counts.messages++)
  let peers: Peer[] = []
  let isOpen = true
  while (isOpen || peers.length > 0) {
    wait([...(isOpen ? [arrivals] : []), ...peers.map(({ watched }) => watched)])
    if (isOpen && arrivals.revents) {
      const peer = arrive()
      if (peer) peers.push(peer)
    }
    const gone = peers.filter(peer => peer.hasSpoken && !hear(peer))
    if (gone.length > 0) peers = peers.filter(peer => !gone.includes(peer))
    for (const peer of peers) peer.flush()
    counts.members = peers.length
  }

  function arrive(): Peer | undefined {
    const { length, descriptors, truncated } = recvmsg(control, pidBytes)
    if (length === 0) isOpen = false
    if (truncated) report('a member was sent away: the hub has no descriptor left')
    const [fd] = descriptors
    if (fd === undefined) return undefined
    fcntl(fd, F_SETFL, O_NONBLOCK)
    const pid = asPid(pidBytes.readInt32LE())
    const peer = new Peer(fd, { id: ++counts.lastId, pid }, () => counts.missed++)
    rooms.enter(peer)
    return peer
  }

  // False: it is there no more.
  function hear(peer: Peer): boolean {
    let end = undefined as 'left' | 'lost' | undefined
    try {
      const isThere = peer.receive(request => {
        if (request.do === 'leave') end = 'left'
        else if (end === undefined) rooms.answer(peer, request)
      })
      if (!isThere) end ??= 'lost'
      if (peer.isOverrun) throw new Error('it asks, and does not read the answers')
    } catch (error) {
      const { pid } = peer.member
      report(`member ${pid} of the hub was cut off: ${(error as Error).message}`)
      end ??= 'lost'
    }
    if (end === undefined) return true
    rooms.leave(peer, end === 'lost')
    peer.close()
    return false
  }
}

const pidBytes = Buffer.alloc(4)

function wait(watched: readonly PollFd[]): void {
  try {
    poll(watched, -1)
  } catch (error) {
    if (!isSystemError(error, 'EINTR')) throw error
  }
}
