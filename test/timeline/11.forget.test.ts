import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forget } from '../../src/timeline/forget.ts'
import { Builder, timelineOf } from '../../src/timeline/model.ts'
import { boxAt, lifeAt, tableAt, zombieOf } from '../../src/timeline/moment.ts'
import { settle } from '../../src/timeline/settle.ts'
import type { Lane, Timeline } from '../../src/timeline/timeline.ts'
import type { TraceLine } from '../../src/trace/line.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer, untilGone } from '../support/server.ts'
import { traceIn } from '../support/trace.ts'
import { until } from '../support/until.ts'

/** A run with all that there is: births, ends of all kinds, a reload, an upgrade. */
async function run(): Promise<TraceLine[]> {
  const file = join(temporaryFolder(), 'trace.jsonl')
  const server = await startServer('talk.mjs', ['--trace', file])
  for (let round = 0; round < 4; round++) {
    const clients = [await server.served(), await server.served(), await server.served()]
    process.kill(clients[0]!.server, 'SIGKILL')
    clients[1]!.send('return 7')
    server.signal('SIGHUP')
    await clients[2]!.finish()
    await until(() => server.children().length === 0)
  }
  const last = await server.served()
  server.signal('SIGUSR2')
  const upgraded = await server.log(/^truefork: upgraded/)
  await last.finish()
  await untilGone(server.daemon)
  process.kill(Number(/child=(\d+)/.exec(upgraded)![1]), 'SIGTERM')
  await server.log(/^truefork: stopped/, 2)
  await until(
    () => traceIn(file).filter(line => 'call' in line && line.call === 'exit').length === 2,
  )
  return traceIn(file)
}

/** What can be seen at a moment. */
function seenAt(timeline: Timeline, at: number) {
  const seen = (lane: Lane) => ({
    pid: lane.pid,
    life: lifeAt(lane, at),
    box: boxAt(lane, at),
    table: tableAt(lane, timeline, at).map(({ fd, file }) => {
      const holders = timeline.lanes.flatMap(other =>
        tableAt(other, timeline, at).flatMap(row =>
          row.file === file ? [[other.pid, row.fd]] : [],
        ),
      )
      return [fd, file.kind, file.name, holders]
    }),
    calls: lane.calls.filter(({ to }) => to >= at).map(({ text, to }) => `${to} ${text}`),
    zombie: zombieOf(lane, timeline),
    parent: timeline.lanes[lane.parent ?? -1]?.pid,
  })
  const isThere = (lane: Lane) => ['running', 'zombie'].includes(lifeAt(lane, at))
  return timeline.lanes.filter(isThere).map(seen)
}

test('what is forgotten is not missed: from then on, every moment is as it was', async () => {
  const lines = await run()
  const whole = () => timelineOf(lines)
  const { length, lanes } = whole()
  expect(lanes.length).toBeGreaterThan(13)
  for (let part = 1; part < 40; part++) {
    const before = Math.round((length * part) / 40)
    const timeline = whole()
    forget(timeline, before)
    expect(timeline.start).toBe(before)
    for (const list of [timeline.lanes, timeline.files])
      expect(list.map(({ id }) => id)).toEqual(list.map((_, index) => index))
    for (const at of [before, (before + length) / 2, length - 1]) {
      const withParents = seenAt(whole(), at)
      const kept = new Set(timeline.lanes.map(({ pid }) => pid))
      // A parent that is gone is no longer named.
      for (const one of withParents) if (!kept.has(one.parent ?? 0)) one.parent = undefined
      expect(seenAt(timeline, at)).toEqual(withParents)
    }
    const marks = [...timeline.births, ...timeline.signals, ...timeline.events]
    for (const { at } of marks) expect(at).toBeGreaterThanOrEqual(before)
    const names = ({ signals, lanes }: Timeline) =>
      signals
        .filter(({ at }) => at >= before)
        .map(({ at, lane, kind, signal }) => `${at} ${lanes[lane]?.pid} ${kind} ${signal}`)
    expect(names(whole())).toEqual(expect.arrayContaining(names(timeline)))
  }
})

test('line by line, forgetting on the way, it comes to the same', async () => {
  const lines = await run()
  const builder = new Builder()
  for (const [index, line] of lines.entries()) {
    builder.add(line)
    if (index % 25 === 0) builder.forget(builder.timeline.length - 20e6)
  }
  // As it is sent: JSON has no infinity.
  const sent: Timeline = JSON.parse(JSON.stringify(builder.timeline))
  settle(sent, sent.length)
  const whole = timelineOf(lines)
  const { start, length } = sent
  expect(start).toBeGreaterThan(0)
  expect(length).toBe(whole.length)
  forget(whole, start)
  const pids = ({ lanes }: Timeline) => lanes.map(({ pid }) => pid)
  expect(pids(sent)).toEqual(pids(whole))
  for (const at of [start, length - 1]) expect(seenAt(sent, at)).toEqual(seenAt(whole, at))
})
