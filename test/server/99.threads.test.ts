import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startServer } from '../support/server.ts'

// Says how many threads its process has before and after eight requests at once, and what the
// environment says of them.
const source = `
  import { readdirSync } from 'node:fs'
  import { stat } from 'node:fs/promises'
  const threads = () => readdirSync('/proc/self/task').length
  export default async connection => {
    const before = threads()
    await Promise.all(Array.from({ length: 8 }, () => stat('/')))
    const names = Object.keys(process.env).filter(name => /THREADPOOL/.test(name))
    const wanted = names.map(name => name + '=' + process.env[name])
    connection.write([threads() - before, ...wanted].join(' ') + '\\n')
  }
`

function start(env: Record<string, string | undefined>) {
  const file = join(temporaryFolder(), 'threads.mjs')
  writeFileSync(file, source)
  return startServer(file, [], { env })
}

test('a daemon process has few threads, and its children as many as they want', async () => {
  const server = await start({ UV_THREADPOOL_SIZE: undefined })
  expect(readdirSync(`/proc/${server.daemon}/task`).length).toBeLessThanOrEqual(5)
  expect(await (await server.client()).finish()).toBe('4\n')
})

test('who wants another size has it in the children', async () => {
  const server = await start({ UV_THREADPOOL_SIZE: '6' })
  expect(await (await server.client()).finish()).toBe('6 UV_THREADPOOL_SIZE=6\n')
})
