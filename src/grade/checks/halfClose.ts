import type { Check } from '../check.ts'

export const halfClose: Check = {
  name: 'half-close',
  asks: 'is a client answered who has ended its own side, and does it see the end?',
  why: 'End of file says that the client sends no more, not that it is gone: it still waits for its answer, and then for the end of the connection.',
  read: ['shutdown(2)', 'UNP 6.6', 'TLPI 61.2', 'Handbook, Essential Socket Functions'],
  needs: ['processes', 'eintr'],
  async run(judge) {
    // Question and end are there before the server looks.
    await judge.processes.stop(judge.daemon)
    const client = await judge.clients.connect()
    client.send(judge.clients.question(client))
    judge.clients.leave(client)
    await judge.until(() => client.socket.writableFinished)
    judge.processes.resume(judge.daemon)
    await judge.clients.greet(client)
    await judge.clients.answer(client, 'a client who had ended its side')
    await judge.must(
      () => client.over,
      'the client was answered, but the connection does not end: somebody still holds the socket',
    )
    return 'a client who had ended its side got its answer, and then the end of the connection'
  },
}
