import { type Check, Failed } from '../check.ts'

/** Clients who come when the server is full. */
const EXTRA = 3

export const maxChildren: Check = {
  name: 'max-children',
  asks: 'are there no more server processes than were allowed, and is everybody served in the end?',
  why: 'A server that forks for whoever comes lets strangers say how many processes the machine has.',
  read: ['fork(2) EAGAIN', 'listen(2)', 'UNP 4.5', 'TLPI 60.4'],
  needs: ['processes', 'child-ends'],
  wants: { what: '--max-children', isGiven: ({ maxChildren }) => maxChildren !== undefined },
  async run(judge) {
    const { maxChildren: most = 0 } = judge.terms
    const inside = []
    for (let i = 0; i < most; i++) inside.push(await judge.clients.served())
    const outside = []
    for (let i = 0; i < EXTRA; i++) outside.push(await judge.clients.connect())
    if ((await judge.lull()) === 'busy') {
      throw new Failed(`with ${most} clients and ${EXTRA} more the server never slept`)
    }
    const serving = new Set<number>()
    for (const client of [...inside, ...outside]) {
      const socket = judge.processes.accepted(client)
      const [nearest] = socket ? judge.processes.holders(socket).filter(isServer) : []
      if (nearest) serving.add(nearest.pid)
    }
    if (serving.size > most) {
      throw new Failed(`${serving.size} server processes serve, and ${most} are allowed`)
    }
    for (const client of inside) judge.clients.leave(client)
    let refused = 0
    for (const client of outside) {
      if (client.over) refused++
      else {
        await judge.clients.greet(client, 'a client who came when the server was full')
        await judge.clients.ask(client, 'a client who came when the server was full,')
      }
      judge.clients.leave(client)
    }
    await judge.clients.served('a client who came when there was room again')
    const fate = refused > 0 ? `${refused} were sent away` : 'waited and were served'
    return `${serving.size} server processes at most; ${EXTRA} clients more ${fate}`

    function isServer({ pid }: { pid: number }) {
      return pid !== judge.daemon
    }
  },
}
