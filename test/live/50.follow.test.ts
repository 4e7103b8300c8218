// `truefork timeline FILE --live PORT`: a trace that goes on growing, whoever writes it.

import { once } from 'node:events'
import { appendFileSync, closeSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Follower, mostCalls } from '../../src/live/follower.ts'
import { lifeAt } from '../../src/timeline/moment.ts'
import { temporaryFolder } from '../support/folder.ts'
import { liveAt, Watcher } from '../support/live.ts'
import { fixtureFile, runCommand, startCommand } from '../support/server.ts'
import { traceIn } from '../support/trace.ts'
import { until } from '../support/until.ts'

const start = '{"t":1,"pid":1,"trace":1,"ppid":0,"time":"2026-01-01T00:00:00.000Z","argv":["x"]}\n'

const newFile = (text: string): string => {
  const file = join(temporaryFolder(), 'trace.jsonl')
  writeFileSync(file, text)
  return file
}

async function follow(file: string) {
  const program = startCommand(['timeline', file, '--live', 0])
  return { program, watcher: await Watcher.of(await liveAt(program)) }
}

test("a program of one's own, while it runs and afterwards", async () => {
  const file = join(temporaryFolder(), 'trace.jsonl')
  const run = await runCommand(['run', '--trace', file, fixtureFile('run/kills.mjs')])
  const { killed } = JSON.parse(run.out[0]!)
  const { program, watcher } = await follow(file)
  const lane = await watcher.sees(({ lanes }) => lanes.find(({ pid }) => pid === killed))
  expect(lane.reaped!.status).toMatchObject({ signal: 'SIGTERM' })
  // Another process writes on.
  const last = traceIn(file).at(-1)!
  appendFileSync(file, `{"t":${last.t + 1000},"pid":77,"call":"getppid","args":[],"result":1}\n`)
  await watcher.sees(({ lanes }) => lanes.find(({ pid }) => pid === 77))
  // And a new start makes the file anew.
  await runCommand(['run', '--trace', file, fixtureFile('run/kills.mjs')])
  await watcher.sees(({ lanes }) => lanes.length > 0 && lanes.every(({ pid }) => pid !== 77))
  program.kill('SIGINT')
  expect(await program.ended()).toMatchObject({ code: 0 })
  await until(() => watcher.hasEnded)
})

test('what is wrong with the file, the port, the options', async () => {
  expect((await runCommand(['timeline', '/there/is/none', '--live', 0])).code).toBe(66)
  const other = await runCommand(['timeline', newFile('hello\n'), '--live', 0])
  expect(other.code).toBe(65)
  expect(other.err[0]).toContain('is no trace: its first line is not that of a trace')
  const future = newFile(start.replace('"trace":1', '"trace":9'))
  expect((await runCommand(['timeline', future, '--live', 0])).code).toBe(65)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const busy = await runCommand(['timeline', newFile(start), '--live', port])
  taken.close()
  expect(busy.code).toBe(71)
  expect(busy.err).toEqual([
    `truefork: live: bind 127.0.0.1:${port}: Address already in use (EADDRINUSE)`,
  ])
  const both = await runCommand(['timeline', newFile(start), '--live', 0, '-o', '/dev/null'])
  expect(both.code).toBe(64)
  expect((await runCommand(['timeline', newFile(start), '--live', 70000])).code).toBe(64)
})

test('an empty file is one that has not begun; a line that is written in two pieces is one', () => {
  const file = newFile('')
  const fd = openSync(file, 'r')
  const follower = new Follower(fd)
  expect(follower.read()).toBe(false)
  const text = `${start}{"t":5,"pid":1,"call":"write","args":["Ä",2],"dt":3,"result":2}\n`
  for (const byte of Buffer.from(text)) {
    appendFileSync(file, Buffer.of(byte))
    follower.read()
  }
  expect(follower.timeline.lanes[0]!.calls.map(call => call.text)).toEqual(['write(Ä, 2) = 2'])
  closeSync(fd)
})

test('however long a trace is, what is kept of it is bounded, and who is there is kept', () => {
  const file = newFile(start)
  const fd = openSync(file, 'r')
  const follower = new Follower(fd)
  const line = (t: number, fields: object) => `${JSON.stringify({ t, ...fields })}\n`
  let [text, t] = ['', 10]
  // One child stays; a thousand times twelve are born, and gone again.
  text += line(t++, { pid: 1, call: 'fork', args: [], result: 2 })
  text += line(t++, {
    pid: 1,
    call: 'socket',
    args: [],
    opened: [{ fd: 7, kind: 'socket' }],
    result: 7,
  })
  let most = 0
  for (let round = 0; round < 12; round++) {
    for (let child = 0; child < 1000; child++) {
      const pid = 1000 + round * 1000 + child
      text += line(t++, { pid: 1, call: 'fork', args: [], result: pid })
      text += line(t++, { pid, call: 'fork', args: [], result: 0, ppid: 1 })
      text += line(t++, { pid, call: '_exit', args: [0] })
      const status = { kind: 'exited', code: 0 }
      text += line(t++, { pid: 1, call: 'waitpid', args: [pid, 0], status, result: pid })
    }
    appendFileSync(file, text)
    text = ''
    while (follower.read());
    const { lanes, births, files } = follower.timeline
    const calls = lanes.reduce((sum, lane) => sum + lane.calls.length, 0)
    expect(calls).toBeLessThan(mostCalls * 1.5)
    most = Math.max(most, lanes.length + births.length + files.length)
  }
  expect(most).toBeLessThan(mostCalls)
  const { lanes, start: from, length } = follower.timeline
  expect(from).toBeGreaterThan(0)
  const there = lanes.filter(lane => lifeAt(lane, length) === 'running').map(({ pid }) => pid)
  expect(there).toEqual([1, 2])
  // What was opened before all that was forgotten is held still.
  expect(lanes[0]!.holdings.map(({ fd }) => fd)).toContain(7)
  closeSync(fd)
})
