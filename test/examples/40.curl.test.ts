// The client that the examples name in their first lines.
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exampleFile, expectOrder, startExample } from '../support/example.ts'
import { temporaryFolder } from '../support/folder.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0

async function curl(...args: string[]): Promise<string> {
  const options = { maxBuffer: 50_000_000 }
  const { stdout } = await promisify(execFile)(
    'curl',
    ['-sS', '--max-time', '20', ...args],
    options,
  )
  return stdout
}

describe.skipIf(!hasCurl)('curl', () => {
  test('two requests of one connection, one process', async () => {
    const server = await startExample(exampleFile('http.ts'))
    const url = `http://127.0.0.1:${server.port}/`
    const pids = (await curl(url, url)).match(/Process \d+/g)!
    expect(pids).toHaveLength(2)
    expect(new Set(pids).size).toBe(1)
    expect(await curl('--http1.0', url)).toContain('request 1 of your connection')
    expect(await curl('--head', url)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    await expectOrder(server)
  })

  test('a file goes there and comes back', async () => {
    const server = await startExample(exampleFile('http.ts'))
    const file = join(temporaryFolder(), 'file')
    const text = 'curl asks with Expect: 100-continue\n'.repeat(100_000)
    writeFileSync(file, text)
    const url = `http://127.0.0.1:${server.port}/echo`
    const expect100 = ['--header', 'Expect: 100-continue']
    expect(await curl('--data-binary', `@${file}`, ...expect100, url)).toBe(text)
    await expectOrder(server)
  })

  test('Express and --json', async () => {
    const server = await startExample(exampleFile('express.ts'))
    const json = ['--header', 'Content-Type: application/json', '--data', '[1, 2, 3]']
    const answer = await curl(...json, `http://127.0.0.1:${server.port}/sum`)
    expect(JSON.parse(answer)).toMatchObject({ sum: 6 })
    await expectOrder(server)
  })

  test('https, only with the certificate or without a look at it', async () => {
    const server = await startExample(exampleFile('tls.ts'))
    const url = `https://127.0.0.1:${server.port}/`
    expect(await curl('--insecure', url)).toMatch(/^process \d+, TLSv1\.[23], a new session\n$/)
    await expect(curl(url)).rejects.toMatchObject({ code: 60 }) // the certificate is not trusted
    await expectOrder(server)
  })
})
