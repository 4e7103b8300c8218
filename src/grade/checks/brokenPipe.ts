import { describeStatus, waitStatus } from '../../posix/status.ts'
import { type Check, Failed, NotSeen } from '../check.ts'
import { statOf } from '../processes.ts'
import { tcpRows } from '../sockets.ts'

export const brokenPipe: Check = {
  name: 'sigpipe',
  asks: 'does a write to a client who is gone kill the writer?',
  why: 'By default the second write to a connection that was reset kills the process by SIGPIPE: what it still had to do, remove, log or unlock, is not done.',
  read: ['write(2) EPIPE', 'signal(7)', 'UNP 5.13', 'TLPI 44.2'],
  needs: ['child-ends', 'eintr'],
  async run(judge) {
    const client = await judge.clients.connect()
    await judge.clients.greet(client)
    const pid = await judge.processes.serverOf(client)
    const state = () =>
      tcpRows(judge.server.port).find(({ remotePort }) => remotePort === port)?.state
    const { port } = client
    // The question waits to be read, and behind it the end and the reset: the answer meets both.
    await judge.processes.stop(pid)
    client.send(judge.clients.question(client))
    client.end()
    const ended = await judge.until(() => state() === 'CLOSE_WAIT')
    client.reset()
    // The kernel takes a connection that was reset out of its table.
    const reset = await judge.until(() => state() === undefined)
    if (!ended || !reset)
      throw new NotSeen('the end and the reset of the connection did not arrive')
    // Nobody collects it meanwhile, so that its wait status can be seen.
    await judge.processes.stop(judge.daemon)
    judge.processes.resume(pid)
    const status = await judge.until(all => {
      const stat = all.find(each => each.pid === pid)
      if (!stat) return 'gone'
      return stat.state === 'Z' && { status: statOf(pid)?.status ?? 0 }
    })
    judge.processes.resume(judge.daemon)
    if (status === undefined)
      throw new NotSeen(`the server process ${pid} does not end: see resets`)
    if (status === 'gone') throw new NotSeen('the server process is collected by the system itself')
    if (describeStatus(waitStatus(status.status)) === 'SIGPIPE') {
      throw new Failed(`the server process ${pid} was killed by SIGPIPE as it answered`)
    }
    await judge.clients.served('a client who came after one that did not wait for its answer')
    return `the server process ${pid} got an error, not SIGPIPE, as it answered a client who was gone`
  },
}
