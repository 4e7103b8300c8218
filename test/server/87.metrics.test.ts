import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { type Program, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const newFile = () => join(temporaryFolder(), 'echo.prom')
const start = (file: string, ...args: (string | number)[]) =>
  startServer('talk.mjs', ['--metrics', file, ...args])

/** A file in Prometheus's text format: the value of each sample; every metric is described once. */
function metrics(file: string): Record<string, number> {
  const described = new Set<string>()
  const values: Record<string, number> = {}
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [, type, name] = /^# (HELP|TYPE) (truefork_[a-z_]+) \S/.exec(line) ?? []
    if (type === 'TYPE') {
      expect(described).not.toContain(name)
      described.add(name!)
    } else if (type === undefined) {
      const sample = /^(truefork_[a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\}) (\d+)$/.exec(line)!
      expect(described).toContain(sample[1])
      values[sample[1]! + sample[2]] = Number(sample[3])
    }
  }
  return values
}

async function stop(server: Program): Promise<void> {
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
}

test('it is there from the start, and says at the end what there was in all', async () => {
  const file = newFile()
  const server = await start(file, '--max-children', 9)
  const label = '{server="echo"}'
  const before = metrics(file)
  expect(before).toMatchObject({
    [`truefork_up${label}`]: 1,
    [`truefork_children${label}`]: 0,
    [`truefork_children_limit${label}`]: 9,
    [`truefork_accepted_total${label}`]: 0,
    [`truefork_log_lines_dropped_total${label}`]: 0,
  })
  const started = before[`truefork_start_time_seconds${label}`]!
  expect(Math.abs(started - Date.now() / 1000)).toBeLessThan(60)

  const [first, second] = [await server.served(), await server.served()]
  await first.finish()
  second.send('return 7')
  await until(() => server.children().length === 0)
  await stop(server)
  expect(metrics(file)).toEqual({
    [`truefork_up${label}`]: 0,
    [`truefork_start_time_seconds${label}`]: started,
    [`truefork_children${label}`]: 0,
    [`truefork_children_peak${label}`]: 2,
    [`truefork_children_limit${label}`]: 9,
    [`truefork_accepted_total${label}`]: 2,
    ['truefork_ended_total{server="echo",status="exited 0"}']: 1,
    ['truefork_ended_total{server="echo",status="exited 7"}']: 1,
    [`truefork_log_lines_dropped_total${label}`]: 0,
  })
})

test('it is renewed while the server runs, also where nothing happens', async () => {
  const file = newFile()
  const server = await start(file)
  const { ino } = statSync(file)
  const client = await server.served()
  await until(() => metrics(file)['truefork_children{server="echo"}'] === 1)
  // Another file, put in its place: nobody reads half of one.
  expect(statSync(file).ino).not.toBe(ino)
  expect(readdirSync(dirname(file))).toEqual(['echo.prom'])
  const before = statSync(file).mtimeMs
  await until(() => statSync(file).mtimeMs > before)
  await client.finish()
})

test('in the background, with a path relative to where the start was', async () => {
  const folder = temporaryFolder()
  const server = await startServer('talk.mjs', ['--daemon', '--metrics', 'echo.prom'], {
    cwd: folder,
  })
  await server.ended()
  const file = join(folder, 'echo.prom')
  expect(metrics(file)['truefork_up{server="echo"}']).toBe(1)
  server.signal('SIGTERM')
  await until(() => metrics(file)['truefork_up{server="echo"}'] === 0)
})

test('in the sequential model', async () => {
  const file = newFile()
  const server = await start(file, '--model', 'sequential')
  await (await server.served()).finish()
  await stop(server)
  expect(metrics(file)['truefork_accepted_total{server="echo"}']).toBe(1)
})

test('that it cannot be written is said once, and disturbs nobody', async () => {
  const folder = join(temporaryFolder(), 'later')
  const file = join(folder, 'a "name".prom')
  const server = await start(file)
  const errors = () => server.logged(/^truefork: error message="metrics: ENOENT/)
  expect(errors()).toHaveLength(1)
  const client = await server.served()
  mkdirSync(folder)
  await until(() => existsSync(file))
  expect(Object.keys(metrics(file))[0]).toBe('truefork_up{server="a \\"name\\""}')
  expect(await client.ask('hello')).toBe('hello')
  await client.finish()
  expect(errors()).toHaveLength(1)
})

test('a folder in its place', async () => {
  const file = newFile()
  mkdirSync(file)
  const server = await start(file)
  expect(server.logged(/^truefork: error message="metrics: E/)).toHaveLength(1)
  expect(readdirSync(dirname(file))).toEqual(['echo.prom'])
  rmdirSync(file)
  await until(() => existsSync(file))
  await stop(server)
})
