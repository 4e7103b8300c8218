import type { Check } from '../check.ts'

export const nextClient: Check = {
  name: 'next-client',
  asks: 'is a client served who came while another one was?',
  why: 'Who comes while the server is busy waits in the accept queue: a server has to go back to accept, again and again.',
  read: ['accept(2)', 'listen(2)', 'UNP 4.5', 'TLPI 56.5', 'Handbook, Essential Socket Functions'],
  needs: ['answer', 'processes', 'eintr'],
  async run(judge) {
    const first = await judge.clients.served('the first client')
    const second = await judge.clients.connect()
    second.send(judge.clients.question(second))
    judge.clients.leave(first)
    await judge.clients.greet(second, 'a client who came while another one was served')
    await judge.clients.answer(second, 'a client who came while another one was served')
    judge.clients.leave(second)
    await judge.clients.served('a client who came when another one had left')
    return 'a client who came while another one was served was answered, and so was one who came later'
  },
}
