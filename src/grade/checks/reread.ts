import { type Check, NotSeen } from '../check.ts'
import type { Client } from '../client.ts'
import type { Judge, Terms } from '../judge.ts'
import type { Configurations } from '../talk.ts'

const wants = (is: (given: Configurations) => boolean, what: string) => ({
  what,
  isGiven: ({ talk }: Terms) => talk.configuration !== undefined && is(talk.configuration),
})

export const reread: Check = {
  name: 'reread',
  asks: 'is a changed configuration in force after SIGHUP?',
  why: 'SIGHUP asks a daemon to reread its configuration, so that nobody has to kill and restart it: the next client has the new one, and no client loses its connection.',
  read: ['signal(7)', 'UNP 13.4', 'TLPI 37.4', 'Handbook, Concurrent Servers'],
  needs: ['concurrency', 'eintr'],
  wants: wants(
    given => given.question.length > 0,
    '[configuration] and [question reread] in --talk',
  ),
  async run(judge) {
    const { reread, question } = configurations(judge)
    const old = await judge.clients.served()
    await judge.reconfigure(reread)
    await judge.clients.served('a client who came after the new configuration and SIGHUP', question)
    await talkOn(judge, old)
    return 'after SIGHUP a new client had the new configuration, and an old one was still answered'
  },
}

export const badConfiguration: Check = {
  name: 'bad-config',
  asks: 'does a bad configuration leave the old one in force?',
  why: 'Whoever edits a file saves it half done: a daemon that ends then, or goes on with half of it, is away until somebody notices.',
  read: ['UNP 13.4', 'TLPI 37.4', 'Handbook, Concurrent Servers'],
  needs: ['reread'],
  wants: wants(given => given.bad !== undefined, '[configuration bad] in --talk'),
  async run(judge) {
    const { bad, reread, question } = configurations(judge)
    const old = await judge.clients.served()
    await judge.reconfigure(bad ?? '')
    await judge.clients.served('a client who came after a bad configuration and SIGHUP')
    await judge.reconfigure(reread)
    await judge.clients.served('a client who came after it was put right', question)
    await talkOn(judge, old)
    return 'a bad configuration changed nothing, and when it had been put right it was reread'
  },
}

/** Whether an old client has the old answers or the new ones is for the server to say. */
async function talkOn(judge: Judge, old: Client): Promise<void> {
  if (!judge.terms.talk.repeatable) return
  old.send(judge.clients.question(old))
  await judge.clients.hears(old, 'a client who was there before SIGHUP')
}

function configurations(judge: Judge): Configurations {
  const { configuration } = judge.terms.talk
  if (!configuration) throw new NotSeen('the talk has no [configuration]')
  return configuration
}
