import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleFile } from '../support/example.ts'
import { temporaryFolder } from '../support/folder.ts'
import { ask } from '../support/http.ts'
import { type Program, startServer } from '../support/server.ts'

async function startFiles() {
  const above = temporaryFolder()
  const folder = join(above, 'www')
  mkdirSync(join(folder, 'sub'), { recursive: true })
  mkdirSync(join(above, 'www-not'))
  const files = {
    'www/index.html': '<p>home</p>\n',
    'www/sub/a b.txt': 'spaces\n',
    'www/100%.md': '# all\n',
    'www/.env': 'SECRET=1\n',
    'www/large': 'x'.repeat(3_000_000),
    secret: 'secret\n',
    'www-not/file': 'next door\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(above, name), text)
  symlinkSync('../secret', join(folder, 'out'))
  symlinkSync('..', join(folder, 'up'))
  symlinkSync('/etc', join(folder, 'etc'))
  symlinkSync('round', join(folder, 'round'))
  symlinkSync('sub/a b.txt', join(folder, 'inside'))
  execFileSync('mkfifo', [join(folder, 'fifo')])
  const config = join(above, 'files.toml')
  writeFileSync(config, `[handler]\nfolder = "${folder}"\n`)
  return startServer(exampleFile('files.ts'), ['--config', config])
}

/** The status of a request as it is written, and what comes behind the head. */
async function exchange(server: Program, line: string): Promise<[number, string]> {
  const client = await server.client()
  client.socket.write(`${line}\r\nHost: here\r\n\r\n`)
  const answer = await client.rest()
  const end = answer.indexOf('\r\n\r\n')
  return [Number(answer.split(' ')[1]), answer.slice(end + 4)]
}

test('files, with their types and lengths', async () => {
  const server = await startFiles()
  const { port } = server
  const home = await ask({ port, path: '/' })
  expect(home.body).toBe('<p>home</p>\n')
  expect(home.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-length': '12',
  })
  expect((await ask({ port, path: '/sub/a%20b.txt?query#part' })).body).toBe('spaces\n')
  expect((await ask({ port, path: '/100%25.md' })).body).toBe('# all\n')
  expect((await ask({ port, path: '/inside' })).body).toBe('spaces\n')
  expect((await ask({ port, path: '/large' })).body).toHaveLength(3_000_000)
  const head = await ask({ port, path: '/large', method: 'HEAD' })
  expect([head.headers['content-length'], head.body]).toEqual(['3000000', ''])
  expect(server.logged(/error/)).toEqual([])
})

test('nothing that lies outside, however it is asked for', async () => {
  const server = await startFiles()
  const targets = [
    ...['/../secret', '/sub/../../secret', '/%2e%2e/secret', '/%2E%2e%2fsecret', '/..%2fsecret'],
    ...['/sub/..%5c..%5csecret', '/out', '/up/secret', '/etc/passwd'],
    ...[
      '/../www-not/file',
      '/%252e%252e/secret',
      '/.env',
      '/sub/%2eenv',
      '/round',
      '/sub',
      '/fifo',
    ],
    ...[
      '/index.html%00.txt',
      '/%ff',
      '/%',
      '//etc/passwd',
      '/index.html/x',
      `/${'x'.repeat(5000)}`,
    ],
  ]
  for (const target of targets) {
    const [status, body] = await exchange(server, `GET ${target} HTTP/1.0`)
    expect({ target, status }).toEqual({ target, status: status === 400 ? 400 : 404 })
    expect(body).toMatch(/^40[04] [\w ]+\n$/)
  }
  expect(server.logged(/error/)).toEqual([])
})

test.each([
  ['POST / HTTP/1.0', 501],
  ['GET http://here/ HTTP/1.0', 400],
  ['GET /', 400],
  ['hello', 400],
])('%s is answered with %i', async (line, status) => {
  const server = await startFiles()
  expect((await exchange(server, line))[0]).toBe(status)
})
