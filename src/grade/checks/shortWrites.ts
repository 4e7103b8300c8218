import { StringDecoder } from 'node:string_decoder'
import { type Check, Failed, NotSeen } from '../check.ts'
import type { Client } from '../client.ts'
import type { Judge } from '../judge.ts'
import { isExpected, spoken } from '../talk.ts'

const QUESTIONS = 16_000
const FILL = 'x'.repeat(1000)
const PAUSES = 6
/** The kernel makes the buffers of others as large as 10 MB; these are to be no help. */
const BUFFER = 16_384
/** So often nothing has moved: every buffer between the two is full. */
const LOOKS = 10
/** What the client takes between two pauses, in bytes: enough to make the server write again. */
const SIP = 1_000_000

export const shortWrites: Check = {
  name: 'short-writes',
  asks: 'does a client who reads slowly get all of a large answer?',
  why: 'A write may take fewer bytes than it was given, when the client is slow and a signal or a stop comes in between: the rest has to be written again.',
  read: ['write(2)', 'signal(7)', 'UNP 3.9', 'TLPI 61.1'],
  needs: ['processes', 'short-reads', 'eintr'],
  async run(judge) {
    const { talk } = judge.terms
    if (!talk.repeatable) throw new NotSeen('the talk allows one question for a connection')
    const client = await judge.clients.connect({ buffer: BUFFER })
    await judge.clients.greet(client)
    const pid = await judge.processes.serverOf(client)
    client.socket.pause()
    const questions = Array.from({ length: QUESTIONS }, (_, n) =>
      spoken(talk.question, n + 1, FILL),
    )
    client.send(Buffer.concat(questions))
    let pauses = 0
    for (let i = 0; i < PAUSES; i++) {
      if (!(await isBlocked(judge, client, pid))) break
      await judge.processes.stop(pid)
      judge.processes.resume(pid)
      pauses++
      await sip(judge, client)
    }
    client.socket.resume()
    const lines = await answers(judge, client)
    if (pauses === 0) throw new NotSeen('the server took all questions without being read')
    return `${lines} lines came whole, though the client paused and the server process was stopped ${pauses} times`
  },
}

/** Waits until the server process waits for the client to read. */
async function isBlocked(judge: Judge, client: Client, pid: number): Promise<boolean> {
  let looks = 0
  let { progress } = client
  await judge.until(() => {
    const moves = client.progress !== progress || !judge.processes.isAsleep(pid)
    looks = moves ? 0 : looks + 1
    progress = client.progress
    return looks >= LOOKS || client.over
  })
  return !client.over && client.socket.writableLength > 0
}

/** Reads for a moment. */
async function sip(judge: Judge, client: Client): Promise<void> {
  const enough = client.received + SIP
  client.socket.resume()
  await judge.until(() => client.received >= enough || client.over)
  client.socket.pause()
}

/** Looks at every line of every answer. */
async function answers(judge: Judge, client: Client): Promise<number> {
  const expected = judge.terms.talk.question.filter(({ kind }) => kind !== 'say')
  const total = expected.length * QUESTIONS
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let count = 0
  await judge.until(() => {
    const lines = (rest + decoder.write(client.take())).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const n = Math.floor(count / expected.length) + 1
      const step = expected[count % expected.length]
      if (!step || !isExpected(step, line, n, FILL)) throw broken(count, total)
      count++
    }
    return count >= total || client.over
  })
  if (count < total) throw broken(count, total)
  return count
}

const broken = (count: number, total: number) =>
  new Failed(`of ${total} lines, ${count} came as they should, and then one was damaged or missing`)
