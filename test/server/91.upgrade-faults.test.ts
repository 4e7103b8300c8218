// Hot upgrades in the worst of moments.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { exists } from '../support/proc.ts'
import { isServed } from '../support/refusals.ts'
import { type Program, startServer, untilGone } from '../support/server.ts'
import { leaveDescriptors, limitDescriptors } from '../support/shortage.ts'
import { until } from '../support/until.ts'

const answering = (version: number) =>
  `export default connection => connection.write('version ${version} ' + process.ppid + '\\n')`

/** A server whose next version loads only once `go` is called. */
async function startSlowToLoad() {
  const folder = temporaryFolder()
  const [file, sign] = [join(folder, 'handler.mjs'), join(folder, 'go')]
  writeFileSync(file, answering(1))
  const server = await startServer(file)
  const wait = `import { existsSync } from 'node:fs'\nwhile (!existsSync('${sign}'));\n`
  writeFileSync(file, `${wait}${answering(2)}`)
  server.signal('SIGUSR2')
  const heir = Number(/child=(\d+)/.exec(await server.log(/^truefork: upgrading/))![1])
  return { server, heir, go: () => writeFileSync(sign, '') }
}

const ask = async (server: Program) => (await (await server.client()).rest()).trim()

test('the old daemon process is killed before the new one listens: the new one serves', async () => {
  const { server, heir, go } = await startSlowToLoad()
  process.kill(server.daemon, 'SIGKILL')
  await until(() => !exists(server.daemon))
  const waiting = await server.client() // nobody accepts at the moment, but the top socket is open
  go()
  expect((await waiting.rest()).trim()).toBe(`version 2 ${heir}`)
  expect(await ask(server)).toBe(`version 2 ${heir}`)
  process.kill(heir, 'SIGTERM')
  await server.log(/^truefork: stopped/)
  await untilGone(heir)
})

test('the new daemon process is killed before it listens: the old one serves on', async () => {
  const { server, heir } = await startSlowToLoad()
  process.kill(heir, 'SIGKILL')
  expect(await server.log(/^truefork: upgrade-failed/)).toContain('ended before it listened')
  expect(await ask(server)).toBe(`version 1 ${server.daemon}`)
  expect(exists(heir)).toBe(false)
})

test('no descriptor left for it: the old daemon process goes on, and the next one succeeds', async () => {
  const server = await startServer('talk.mjs')
  leaveDescriptors(server.daemon, 1)
  server.signal('SIGUSR2')
  expect(await server.log(/^truefork: upgrade-failed/)).toContain('(EMFILE)')
  limitDescriptors(server.daemon, 1024)
  expect(await isServed(server)).toBe(true)
  server.signal('SIGUSR2')
  await server.log(/^truefork: upgraded/)
  await untilGone(server.daemon)
  expect(await isServed(server)).toBe(true)
})
