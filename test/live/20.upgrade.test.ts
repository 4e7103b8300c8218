import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { ask, inodesOf, liveAt, liveProcess, Watcher } from '../support/live.ts'
import { childrenOf, exists } from '../support/proc.ts'
import { type Program, startServer, untilGone } from '../support/server.ts'
import { processIn } from '../support/trace.ts'

async function upgrade(server: Program): Promise<number> {
  const count = server.logged(/^truefork: upgraded/).length + 1
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgraded/, count)
  return Number(/child=(\d+)/.exec(line)![1])
}

test.each([
  ['a trace without a name', () => []],
  ['--trace', () => ['--trace', join(temporaryFolder(), 'trace.jsonl')]],
])(
  'the page goes on: the old daemon process and the new one are in one picture (%s)',
  async (_, args) => {
    const server = await startServer('talk.mjs', ['--live', 0, ...args()])
    const url = await liveAt(server)
    const live = await liveProcess(server.daemon)
    const watcher = await Watcher.of(url)
    const client = await server.served()
    const heir = await upgrade(server)
    expect(await liveAt(server, 2)).toBe(url)
    const other = await server.served()
    const born = await watcher.sees(
      timeline => timeline.lanes.find(({ pid }) => pid === other.server) && timeline,
    )
    expect(processIn(born, other.server).parent).toBe(processIn(born, heir).id)
    expect(processIn(born, heir).parent).toBe(processIn(born, server.daemon).id)
    expect(processIn(born, heir).role).toBe('daemon')
    // The same process, and nobody has anything of it that did not have it before.
    expect(exists(live)).toBe(true)
    const itsOwn = inodesOf(live)
    for (const pid of [heir, client.server, other.server])
      expect(inodesOf(pid).filter(name => itsOwn.includes(name))).toEqual([])

    await client.finish()
    await untilGone(server.daemon)
    await watcher.sees(({ lanes }) =>
      lanes.find(({ pid, ended }) => pid === server.daemon && ended),
    )
    expect(exists(live)).toBe(true)
    const third = await upgrade(Object.assign(server, { daemon: heir }))
    await other.finish()
    await untilGone(heir)
    await watcher.sees(({ lanes }) => lanes.find(({ pid }) => pid === third))
    expect(watcher.hasEnded).toBe(false)
    process.kill(third, 'SIGTERM')
    await untilGone(third)
    await untilGone(live)
  },
)

test('another port, or none: what the options say is what there is', async () => {
  const file = join(temporaryFolder(), 'truefork.toml')
  writeFileSync(file, 'live = 0\n')
  const server = await startServer('talk.mjs', ['--config', file])
  const first = await liveProcess(server.daemon)
  writeFileSync(file, `live = 0\ntrace = "${join(temporaryFolder(), 'trace.jsonl')}"\n`)
  const heir = await upgrade(server)
  const url = await liveAt(server, 2)
  expect((await ask(url)).status).toBe(200)
  await untilGone(server.daemon)
  await untilGone(first)
  const second = await liveProcess(heir)

  writeFileSync(file, '')
  const last = await upgrade(Object.assign(server, { daemon: heir }))
  await untilGone(heir)
  await untilGone(second)
  expect(childrenOf(last)).toEqual([])
  expect(server.logged(/live at/)).toHaveLength(2)
  process.kill(last, 'SIGTERM')
  await untilGone(last)
})

test('an upgrade that fails changes nothing', async () => {
  const file = join(temporaryFolder(), 'handler.mjs')
  writeFileSync(file, 'export default connection => connection.write("hello\\n")')
  const server = await startServer(file, ['--live', 0])
  const watcher = await Watcher.of(await liveAt(server))
  writeFileSync(file, 'throw new Error("not today")')
  server.signal('SIGUSR2')
  await server.log(/^truefork: upgrade-failed/)
  await watcher.sees(({ events }) => events.find(({ event }) => event === 'upgrade-failed'))
  const client = await server.client()
  expect(await client.line()).toBe('hello')
  await watcher.sees(({ events }) => events.find(({ event }) => event === 'reaped'))
  expect(watcher.hasEnded).toBe(false)
})
