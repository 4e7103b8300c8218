import { type Check, Failed, NotSeen, NotStarted } from '../check.ts'
import { tcpRows } from '../sockets.ts'

export const restart: Check = {
  name: 'restart',
  asks: 'can the server be started again on its port at once?',
  why: 'The old connections stay in TIME_WAIT for a minute: without SO_REUSEADDR bind fails so long, and the service is away.',
  read: ['socket(7) SO_REUSEADDR', 'UNP 7.5', 'TLPI 61.10', 'tcp(7)'],
  needs: ['answer'],
  async run(judge) {
    const client = await judge.clients.served()
    const { port } = judge.server
    // Whoever ends first has the TIME_WAIT: that is to be the server.
    await judge.endServer()
    await judge.until(() => client.over)
    client.destroy()
    const waits = () => tcpRows(port).some(({ state }) => state === 'TIME_WAIT')
    if (!(await judge.until(waits))) throw new NotSeen('no connection came to be in TIME_WAIT')
    try {
      await judge.start({ port })
    } catch (error) {
      if (!(error instanceof NotStarted) || !waits()) throw error
      throw new Failed(`with a connection in TIME_WAIT, ${error.message}`)
    }
    await judge.clients.served('a client of the server that was started again')
    return 'the server was started again at once, with a connection in TIME_WAIT'
  },
}
