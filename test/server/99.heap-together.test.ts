import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { status } from '../support/proc.ts'
import { startServer } from '../support/server.ts'

// 64 MB of small objects.
const source = `
  export const kept = Array.from({ length: 1_000_000 }, (_, index) => ({ index, next: { index } }))
  export default connection => connection.write('ready\\n')
`

async function startLarge(under: string[] = []) {
  const file = join(temporaryFolder(), 'large.mjs')
  writeFileSync(file, source)
  return startServer(file, [], { under })
}

const kB = (pid: number, field: string) => Number.parseInt(status(pid, field), 10)

// V8 asks for addresses of 46 bits, and what was reserved has been given back.
const addressSpace = 2 ** 45 / 1024

test.runIf(process.arch === 'x64')('a large heap needs few tables of pages', async () => {
  const server = await startLarge()
  expect(kB(server.daemon, 'VmRSS')).toBeGreaterThan(100_000)
  expect(kB(server.daemon, 'VmPTE')).toBeLessThan(1500)
  expect(kB(server.daemon, 'VmSize')).toBeLessThan(addressSpace)
  const client = await server.client()
  expect(await client.finish()).toBe('ready\n')
})

test('where addresses are limited, a server has a heap as ever', async () => {
  const server = await startLarge(['prlimit', `--as=${64 * 2 ** 30}`])
  expect(await (await server.client()).finish()).toBe('ready\n')
})

test('a sequential server gives the addresses back, too', async () => {
  const server = await startServer('talk.mjs', ['--model', 'sequential'])
  expect(kB(server.daemon, 'VmSize')).toBeLessThan(addressSpace)
})
