// Servers whose clients hear each other.
import type { Check } from '../check.ts'
import type { Terms } from '../judge.ts'
import { spoken } from '../talk.ts'

const LISTENERS = 2
/** Together more than all buffers between two clients hold. */
const ROUNDS = 250
/** Said without waiting: no more than a server can keep for one who only is a little late. */
const LINES = 5
const FILL = 'x'.repeat(8000)
/** What the kernel may keep for a client who does not read, in bytes. */
const BUFFER = 16_384

const wants = { what: '[others] in --talk', isGiven: ({ talk }: Terms) => talk.others.length > 0 }

export const others: Check = {
  name: 'others',
  asks: 'do clients hear what another one says, and does each process end with its client?',
  why: 'Variables are copies after fork: processes have to tell each other. And whoever inherits the end of another pipe or pair keeps its reader from ever seeing the end.',
  read: ['socketpair(2)', 'pipe(7)', 'UNP 15.3', 'TLPI 44.2', 'TLPI 57.5'],
  needs: ['child-ends'],
  wants,
  async run(judge) {
    const speaker = await judge.clients.served('the first client')
    const pid = await judge.processes.serverOf(speaker)
    const listeners = []
    for (let i = 0; i < LISTENERS; i++) listeners.push(await judge.clients.served())
    await judge.clients.ask(speaker, 'the speaker')
    for (const client of listeners) await judge.clients.overhear(client, speaker, 'another client')
    // The oldest one: all others were forked when its pair was there.
    judge.clients.leave(speaker)
    await judge.must(
      () => !judge.processes.isAlive(pid),
      `the server process ${pid} is still there after its client has left, with others there`,
    )
    const [second, third] = listeners as [typeof speaker, typeof speaker]
    third.reset()
    await judge.clients.ask(second, 'a client whose neighbour has been reset')
    return `${LISTENERS} others heard what one said; it left, one was reset, and the last went on`
  },
}

export const slowReaders: Check = {
  name: 'slow-readers',
  asks: 'does a client who does not read hold up the others?',
  why: 'Whoever tells all of them and waits for each waits for the slowest, who may never read.',
  read: ['fcntl(2) O_NONBLOCK', 'poll(2)', 'UNP 16.2', 'TLPI 44.9'],
  needs: ['others'],
  wants,
  async run(judge) {
    const slow = await judge.clients.connect({ buffer: BUFFER })
    await judge.clients.greet(slow, 'a client who does not read')
    await judge.clients.ask(slow, 'a client who does not read')
    slow.socket.pause()
    const speaker = await judge.clients.served()
    const listener = await judge.clients.served()
    for (let i = 0; i < ROUNDS; i++) {
      for (let line = 1; line < LINES; line++) {
        speaker.send(spoken(judge.terms.talk.question, ++speaker.questions, FILL))
      }
      await judge.clients.ask(
        speaker,
        'a client, with another who does not read,',
        {},
        undefined,
        FILL,
      )
      listener.take()
    }
    // Who is only late gets the rest.
    await judge.until(() => false)
    await judge.clients.ask(speaker, 'the speaker')
    await judge.clients.overhear(listener, speaker, 'a client who reads, beside one who does not,')
    const megabytes = Math.round((ROUNDS * LINES * FILL.length) / 1_000_000)
    return `${megabytes} MB were said while one client read nothing, and the others went on`
  },
}
