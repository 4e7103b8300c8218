import type { Check } from '../check.ts'
import { tcpRows } from '../sockets.ts'

export const resets: Check = {
  name: 'resets',
  asks: 'does the server live on when a client resets its connection?',
  why: 'Clients crash and networks break: a connection may be gone before accept, or in the middle, and that must concern nobody else.',
  read: ['accept(2)', 'UNP 5.11', 'UNP 5.12'],
  needs: ['concurrency', 'child-ends', 'eintr'],
  async run(judge) {
    // Reset before it is accepted: the daemon process is stopped meanwhile.
    await judge.processes.stop(judge.daemon)
    const early = await judge.clients.connect()
    const port = early.port
    early.reset()
    await judge.until(() => !isOpen(judge.server.port, port))
    judge.processes.resume(judge.daemon)
    // It leaves, so that a sequential server goes on to the next one.
    judge.clients.leave(
      await judge.clients.served('a client who came after one that was reset before accept'),
    )
    const middle = await judge.clients.served()
    const pids = await judge.processes.serversOf(middle)
    middle.reset()
    await judge.must(
      () => !pids?.some(pid => judge.processes.isAlive(pid)),
      () => `the server process ${pids?.join(' ')} does not end though its client was reset`,
    )
    await judge.clients.served('a client who came after one that was reset while it was served')
    return 'one client was reset before accept and one while it was served, and others were served as before'
  },
}

const isOpen = (port: number, client: number) =>
  tcpRows(port).some(row => row.remotePort === client && row.state === 'ESTABLISHED')
