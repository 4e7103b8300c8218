import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { zombieOf } from '../../src/timeline/moment.ts'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, runCommand, startCommand, untilGone } from '../support/server.ts'
import { callsOf, processIn, timelineIn, traceIn } from '../support/trace.ts'

const newFile = () => join(temporaryFolder(), 'a trace.jsonl')

/** A program beside the fixtures, so that it finds truefork. */
const fixture = fixtureFile('run/kills.mjs')

test("a student's program: forks, ends, descriptors, a signal that kills", async () => {
  const file = newFile()
  const { code, out } = await runCommand(['run', '--trace', file, fixture, 'one', 'two'])
  expect(code).toBe(0)
  const { args, exits, killed } = JSON.parse(out[0]!)
  expect(args).toEqual(['one', 'two'])
  const lines = traceIn(file)
  const timeline = timelineIn(file)
  expect(timeline.lanes.map(({ pid }) => pid).slice(1)).toEqual([exits, killed])
  expect(lines.every(line => line.role === undefined && line.box === undefined)).toBe(true)

  const first = processIn(timeline, exits)
  expect(first.reaped!.status).toEqual({ kind: 'exited', code: 7 })
  expect(first.ended!.isExact).toBe(true)
  // The parent has let it be a zombie for so long.
  const zombie = zombieOf(first, timeline)!
  expect(zombie.to - zombie.from).toBeGreaterThan(20e6)

  const second = processIn(timeline, killed)
  expect(second.reaped!.status).toMatchObject({ kind: 'signaled', signal: 'SIGTERM' })
  // It was the last thing that it did, and it is there.
  expect(second.calls.at(-1)!.text).toBe(`kill(${killed}, SIGTERM)`)
  expect(callsOf(lines, 'pipe')[0]!.opened).toHaveLength(2)
})

test('in TypeScript', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'node_modules'))
  const script = join(folder, 'seven.ts')
  const posix = fixtureFile('../../../dist/posix.js')
  writeFileSync(
    script,
    `import { _exit, fork, waitpid } from '${posix}'
     const pid: number = fork()
     if (pid === 0) _exit(7)
     console.log(JSON.stringify(waitpid(pid as never)))`,
  )
  const file = newFile()
  const { out } = await runCommand(['run', '--trace', file, script])
  const { pid } = JSON.parse(out[0]!)
  expect(processIn(timelineIn(file), pid).reaped!.status).toEqual({ kind: 'exited', code: 7 })
})

test('a program that calls serve: its boxes are known, and its own option changes nothing', async () => {
  const file = newFile()
  const script = fixtureFile('run/serves.mjs')
  const other = newFile()
  const program = await startCommand(['run', '--trace', file, script, other]).listening()
  program.signal('SIGTERM')
  await untilGone(program.pid)
  const { lanes } = timelineIn(file)
  expect(lanes[0]!.boxes.map(({ box }) => box)).toEqual([
    'top socket',
    'initialize daemon',
    'listen',
    'accept',
  ])
  expect(() => traceIn(other)).toThrow(/ENOENT/)
})

test('a file that cannot be written', async () => {
  const { code, err } = await runCommand(['run', '--trace', '/nowhere/t', fixture])
  expect(code).toBe(71)
  expect(err).toEqual(['truefork: open /nowhere/t: No such file or directory (ENOENT)'])
})

test('an option that there is not', async () => {
  const { code, err } = await runCommand(['run', '--tracing', fixture])
  expect(code).toBe(64)
  expect(err[0]).toMatch(/unknown option '--tracing'/)
})
