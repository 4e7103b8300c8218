import type { Check } from '../check.ts'
import { tcpRows } from '../sockets.ts'

const PIECES = 4

export const shortReads: Check = {
  name: 'short-reads',
  asks: 'is a question understood that comes in pieces?',
  why: 'TCP carries a stream and keeps no messages: one read may bring half a line, or two of them.',
  read: ['read(2)', 'UNP 3.9', 'TLPI 61.1'],
  needs: ['answer'],
  async run(judge) {
    const client = await judge.clients.connect()
    await judge.clients.greet(client)
    const question = judge.clients.question(client)
    for (const piece of pieces(question)) {
      client.send(piece)
      await judge.until(() => client.socket.writableLength === 0 && hasBeenRead(client.port))
    }
    await judge.clients.answer(client, 'a client whose question came in pieces')
    return `a question of ${question.length} bytes was read in ${PIECES} pieces, and answered`

    function hasBeenRead(port: number) {
      const row = tcpRows(judge.server.port).find(({ remotePort }) => remotePort === port)
      return row === undefined || (row.socket !== undefined && row.unread === 0)
    }
  },
}

/** The last one is the end of the line alone. */
function pieces(question: Buffer): Buffer[] {
  const cuts = [0, 1, Math.floor(question.length / 2), question.length - 1, question.length]
  return Array.from({ length: PIECES }, (_, i) => question.subarray(cuts[i], cuts[i + 1]))
}
