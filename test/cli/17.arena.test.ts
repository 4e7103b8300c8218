import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { nodeUnderTest } from '../support/node.ts'
import { fixtureFile, startForeign, startServer, untilGone } from '../support/server.ts'

const isHere = process.platform === 'linux' && process.arch === 'x64'
const root = fileURLToPath(new URL('../..', import.meta.url))

/** How much of V8's heap lies at addresses that V8 has chosen at random, in chunks of 256 KB. */
function scattered(pid: number): number {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
  const chunks = maps.matchAll(/^([\da-f]+)-([\da-f]+) rw-p 0+ 00:00 0 *$/gm)
  const ranges = [...chunks].map(([, start, end]) => [Number(`0x${start}`), Number(`0x${end}`)])
  return ranges.filter(([start, end]) => end! < 2 ** 46 && end! - start! === 2 ** 18).length
}

/** KB of page tables. */
const tables = (pid: number) =>
  Number(/^VmPTE:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

test.runIf(isHere)(
  '--arena: the heap lies in one place, and its page tables are small',
  async () => {
    const plain = await startServer('talk.mjs')
    const server = await startServer('talk.mjs', ['--arena'])
    expect(scattered(plain.daemon)).toBeGreaterThan(10)
    expect(scattered(server.daemon)).toBe(0)
    expect(tables(server.daemon)).toBeLessThan(tables(plain.daemon) * 0.75)
    // The addresses are held no longer than the start takes.
    const size = /^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${server.daemon}/status`, 'utf8'))![1]
    expect(Number(size)).toBeLessThan(2 ** 31)
    const client = await server.served()
    expect(scattered(client.server)).toBe(0)
    expect(await client.ask('hello')).toBe('hello')
  },
)

test.runIf(isHere)(
  'what is preloaded is for node alone: programs find what the user has',
  async () => {
    const server = await startServer('talk.mjs', ['--arena'])
    const client = await server.served()
    expect(await client.ask('environment LD_PRELOAD')).toBe('[]')
    expect(await client.ask('environment TRUEFORK_LD')).toBe('[]')

    const [library] = / (\/\S+\/libm\S*)$/m.exec(readFileSync('/proc/self/maps', 'utf8'))!.slice(1)
    const other = await startServer('talk.mjs', ['--arena'], { env: { LD_PRELOAD: library } })
    expect(scattered(other.daemon)).toBe(0)
    const answer = await (await other.client()).ask('environment LD_PRELOAD')
    expect(JSON.parse(answer)).toEqual([`LD_PRELOAD=${library}`])
  },
)

test.runIf(isHere)('a hot upgrade keeps it', async () => {
  const server = await startServer('talk.mjs', ['--arena'])
  server.signal('SIGUSR2')
  const heir = Number(/child=(\d+)/.exec(await server.log(/^truefork: upgraded/))![1])
  await untilGone(server.daemon)
  server.daemon = heir
  expect(scattered(heir)).toBe(0)
  expect(await (await server.client()).ask('environment LD_PRELOAD')).toBe('[]')
})

test.runIf(isHere)('where it cannot be had the server says so, and serves without', async () => {
  const folder = join(temporaryFolder(), 'with a space')
  for (const part of ['dist', 'build', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true, force: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const main = join(folder, 'dist/cli/main.js')
  const args = ['serve', fixtureFile('talk.mjs'), '--allow-root', '--port', '0', '--arena']
  const server = await startForeign([nodeUnderTest, main, ...args]).listening()
  const warning = server.stderr.all.find(line => line.includes('--arena'))
  expect(warning).toMatch(/^truefork: serving without --arena: .*with a space.*space or colon$/)
  expect(await (await server.client()).ask('hello')).toBe('hello')
  expect(scattered(server.daemon)).toBeGreaterThan(10)
})
