import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exampleFile } from '../support/example.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startServer, type Talk } from '../support/server.ts'
import { until } from '../support/until.ts'

async function startSink(settings = '') {
  const folder = temporaryFolder()
  const config = join(folder, 'sink.toml')
  writeFileSync(config, `[handler]\nmaildir = "${folder}/Maildir"\n${settings}`)
  const server = await startServer(exampleFile('smtpSink.ts'), ['--config', config])
  const files = (where: string) => readdirSync(join(folder, 'Maildir', where))
  const messages = () =>
    files('new').map(name => readFileSync(join(folder, 'Maildir', 'new', name), 'latin1'))
  return { server, folder, files, messages }
}

/** Sends the lines one after the other, each when the one before has been answered. */
async function converse(client: Talk, lines: string[]): Promise<number[]> {
  const codes = [Number((await client.line()).slice(0, 3))]
  for (const line of lines) {
    client.socket.write(Buffer.from(`${line}\r\n`, 'latin1'))
    let answer = await client.line()
    while (answer[3] === '-') answer = await client.line()
    codes.push(Number(answer.slice(0, 3)))
  }
  return codes
}

const begin = ['EHLO here', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.org>', 'DATA']

test('a message is delivered byte for byte, its dots undone', async () => {
  const { server, messages, files } = await startSink()
  const client = await server.client()
  const text = ['Subject: caf\u00e9', '', '..', '..two', 'bare\nline feed\n.\nno end', '.'].join(
    '\r\n',
  )
  expect(await converse(client, [...begin, text, 'QUIT'])).toEqual([
    220, 250, 250, 250, 354, 250, 221,
  ])
  await client.rest()
  const head = 'Return-Path: <a@example.org>\r\nDelivered-To: b@example.org\r\n'
  const body = 'Subject: caf\u00e9\r\n\r\n.\r\n.two\r\nbare\nline feed\n.\nno end\r\n'
  expect(messages()).toEqual([head + body])
  expect(files('tmp')).toEqual([])
})

test('several messages of several clients at once', async () => {
  const { server, messages } = await startSink()
  const send = async () => {
    const client = await server.client()
    const one = [...begin.slice(1), 'hello\r\n.']
    expect(await converse(client, ['HELO here', ...one, ...one, 'QUIT'])).toHaveLength(11)
    await client.rest()
  }
  await Promise.all([send(), send(), send()])
  expect(messages()).toHaveLength(6)
})

test('the order of a conversation', async () => {
  const { server } = await startSink()
  const client = await server.client()
  const lines = [
    ...['RCPT TO:<b@example.org>', 'DATA', 'MAIL a@example.org', 'MAIL FROM:<>', 'MAIL FROM:<c>'],
    ...['RCPT TO:b', 'RSET', 'DATA', 'NOOP', 'VRFY b', 'WHAT', 'QUIT'],
  ]
  expect(await converse(client, lines)).toEqual([
    220, 503, 503, 501, 250, 503, 501, 250, 503, 250, 252, 500, 221,
  ])
})

test('too long is refused, by what is announced and by what comes; half a message is none', async () => {
  const { server, files, messages } = await startSink('max-message-bytes = 1000\n')
  const client = await server.client()
  const long = `${'x'.repeat(200_000)}\r\n.`
  const lines = ['EHLO here', 'MAIL FROM:<a> SIZE=1001', ...begin.slice(1), long, 'NOOP']
  expect(await converse(client, lines)).toEqual([220, 250, 552, 250, 250, 354, 552, 250])
  const half = await server.client()
  await converse(half, begin)
  half.socket.write('Subject: half\r\n')
  await half.finish()
  const hasty = await server.client()
  expect(await converse(hasty, [...begin, 'hello\r\n.\r\nMAIL FROM:<x>'])).toContain(421)
  await until(() => server.children().length === 1)
  expect(() => files('new')).toThrow('ENOENT')
  expect(await converse(await server.client(), [...begin, 'short\r\n.'])).toContain(250)
  expect(messages()).toHaveLength(1)
})

const run = promisify(execFile)
const has = (program: string) => spawnSync(program, ['--version']).status === 0

describe.skipIf(!has('curl'))('curl', () => {
  test('sends a letter', async () => {
    const { server, folder, messages } = await startSink()
    const letter = join(folder, 'letter')
    writeFileSync(letter, 'Subject: by curl\r\n\r\n.hello\r\n')
    const url = `smtp://127.0.0.1:${server.port}`
    const people = ['--mail-from', 'a@example.org', '--mail-rcpt', 'b@example.org']
    await run('curl', ['-sS', '--url', url, ...people, '--upload-file', letter])
    expect(messages()[0]).toMatch(/^Return-Path: <a@example\.org>\r\n.*\r\n\.hello\r\n$/s)
  })
})

describe.skipIf(!has('python3'))('smtplib of Python', () => {
  test('sends to two people', async () => {
    const { server, messages } = await startSink()
    const program = `
import smtplib
with smtplib.SMTP('127.0.0.1', ${server.port}) as server:
    server.sendmail('a@example.org', ['b@example.org', 'c@example.org'], 'Subject: by Python\\n\\n.\\n')
`
    await run('python3', ['-c', program])
    expect(messages()[0]).toContain('Delivered-To: b@example.org, c@example.org\r\n')
    expect(messages()[0]).toMatch(/\r\n\r\n\.\r\n$/)
  })
})
