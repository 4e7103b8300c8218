import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { childrenOf, stat } from '../support/proc.ts'
import { fixtureFile, type Program, portOf, startCommand } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }
const PIPE_BUF = 4096

/** A server whose standard error is a pipe that is read only when the test does. */
async function startOnPipe(...args: (string | number)[]) {
  const fifo = join(temporaryFolder(), 'stderr')
  execFileSync('mkfifo', [fifo])
  const open = () => openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  let reader = open()
  let isOpen = true
  const end = () => {
    if (isOpen) closeSync(reader)
    isOpen = false
  }
  onTestFinished(end)
  const under = ['sh', '-c', `exec "$0" "$@" 2>${fifo}`]
  const server = startCommand(
    ['serve', fixtureFile('talk.mjs'), '--allow-root', '--port', 0, ...args],
    { under },
  )
  let text = ''
  const pipe = {
    /** All that has come so far. */
    read() {
      const buffer = Buffer.alloc(65536)
      try {
        for (let length = -1; length !== 0; ) {
          length = readSync(reader, buffer)
          text += buffer.toString('latin1', 0, length)
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      }
      return Buffer.from(text, 'latin1').toString()
    },
    end,
    again() {
      reader = open()
      isOpen = true
      text = ''
    },
  }
  server.port = await until(() => portOf(server.pid))
  // Not before the line is written that says so.
  await until(() => pipe.read().includes('listening'))
  return { server, pipe }
}

/** Clients whose server processes each log as much as a line may hold. */
async function shout(server: Program, count: number, length = 5000): Promise<void> {
  for (let number = 0; number < count; number++) {
    const client = await server.client()
    client.send(`throw ${'x'.repeat(length)}`)
    await client.rest()
  }
  // Not the kernel's list of children, which may miss one that is just ending; and until it waits
  // again, the daemon process has perhaps not said yet whom it has collected.
  await until(() => childrenOf(server.pid).length === 0 && stat(server.pid).state === 'S')
}

/** Has the server write its status, and waits for that line. */
async function status(server: Program, read: () => string): Promise<string> {
  const count = () => read().split('truefork: status ').length
  const before = count()
  server.signal('SIGUSR1')
  await until(() => count() > before)
  return read()
}

test.each(['fork', 'sequential'])(
  '%s: a reader that does not read holds nothing up',
  async model => {
    const { server, pipe } = await startOnPipe('--model', model)
    // A pipe holds 64 KB.
    await shout(server, 40)
    expect(await (await server.client()).ask('still served')).toBe('still served')

    const before = pipe.read()
    const lines = before.split(/^(?=truefork: )/m)
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(PIPE_BUF)
      expect(line).toMatch(/^truefork: (listening|error|reaped) /)
      expect(line.endsWith('\n')).toBe(true)
    }
    const after = (await status(server, pipe.read)).slice(before.length)
    const [, dropped, reason] = /error message="log lines dropped: (\d+): (.*)"/.exec(after)!
    expect(reason).toBe('write: Resource temporarily unavailable (EAGAIN)')
    expect(Number(dropped)).toBeGreaterThan(0)
    expect(after).toMatch(new RegExp(` dropped=${dropped}$`, 'm'))
    // Said once.
    const again = await status(server, pipe.read)
    expect(again.trimEnd().split('\n').at(-1)).toMatch(new RegExp(` dropped=${dropped}$`))
    expect(pipe.read().match(/lines dropped/g)).toHaveLength(1)
  },
)

test('every line counts: as many as were written and dropped in all', async () => {
  const { server, pipe } = await startOnPipe()
  await shout(server, 40)
  const written = pipe.read().match(/^truefork: (error|reaped) /gm)!.length
  const text = await status(server, pipe.read)
  const dropped = Number(/ dropped=(\d+)$/m.exec(text)![1])
  // Each client is an error of its server process and an end that the daemon process sees.
  expect(written + dropped).toBe(80)
})

test('a reader that is gone ends nothing; the next one reads on', async () => {
  const { server, pipe } = await startOnPipe()
  pipe.end()
  await shout(server, 3)
  const client = await server.client()
  expect(await client.ask('still served')).toBe('still served')
  await client.finish()
  pipe.again()
  expect(await status(server, pipe.read)).toMatch(
    /^truefork: error message="log lines dropped: 6: write: Broken pipe \(EPIPE\)"\ntruefork: status .* dropped=6$/m,
  )
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual(inOrder)
})

test('the pipe is not made non-blocking, which others who share it would meet', async () => {
  const { server } = await startOnPipe('--log-level', 'debug')
  await shout(server, 1)
  const info = readFileSync(`/proc/${server.pid}/fdinfo/2`, 'utf8')
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)![1]!, 8)
  expect(flags & constants.O_NONBLOCK).toBe(0)
})

test('with JSON every line is an object, also where one was cut', async () => {
  const { server, pipe } = await startOnPipe('--log', 'json')
  await shout(server, 1, 'ä"\\'.length * 3000)
  const client = await server.client()
  client.send(`throw ${'ä"\\😀'.repeat(2000)}`)
  await client.rest()
  await until(() => pipe.read().match(/"reaped"/g)?.length === 2)
  const lines = pipe.read().trimEnd().split('\n')
  for (const line of lines) {
    expect(Buffer.byteLength(`${line}\n`)).toBeLessThanOrEqual(PIPE_BUF)
    expect(() => JSON.parse(line)).not.toThrow()
  }
  const errors = lines.map(line => JSON.parse(line)).filter(({ event }) => event === 'error')
  expect(errors).toHaveLength(2)
  expect(errors[1].message).toMatch(/^(ä"\\😀)+[ä"\\]{0,3}…\[cut\]$/u)
  expect(errors[1].stack).toMatch(/…\[cut\]$/)
})

test('in text the cut is marked, between two characters', async () => {
  const { server, pipe } = await startOnPipe()
  const client = await server.client()
  client.send(`throw ${'äöü€'.repeat(2000)}`)
  await client.rest()
  await until(() => /^truefork: reaped/m.test(pipe.read()))
  const [error] = pipe
    .read()
    .split('\n')
    .filter(line => line.startsWith('truefork: error'))
  expect(error).toMatch(/^truefork: error client=\S+ message=(äöü€)+ä?ö?ü?…\[cut\]$/)
  expect(Buffer.byteLength(`${error}\n`)).toBeGreaterThan(PIPE_BUF - 4)
  expect(Buffer.byteLength(`${error}\n`)).toBeLessThanOrEqual(PIPE_BUF)
})

test('a FIFO as log file: neither a line nor SIGUSR1 waits for a reader', async () => {
  const fifo = join(temporaryFolder(), 'log')
  execFileSync('mkfifo', [fifo])
  const args = ['serve', fixtureFile('talk.mjs'), '--port', 0, '--log-file', fifo]
  const nobody = startCommand(args)
  expect(await nobody.ended()).toEqual({ code: 71, signal: null })
  expect(nobody.stderr.all[0]).toMatch(/^truefork: open .*\(ENXIO\)$/)

  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const server = startCommand(args)
  server.port = await until(() => portOf(server.pid))
  closeSync(reader)
  server.signal('SIGUSR1')
  const client = await server.served()
  expect(await client.ask('served')).toBe('served')
})

test('a disk that is full from the start', async () => {
  const args = [
    'serve',
    fixtureFile('talk.mjs'),
    '--allow-root',
    '--port',
    0,
    '--log-file',
    '/dev/full',
  ]
  const server = startCommand(args)
  server.port = await until(() => portOf(server.pid))
  await shout(server, 2)
  expect(await (await server.client()).ask('still served')).toBe('still served')
  server.signal('SIGTERM')
})

function fill(file: string): void {
  const fd = openSync(file, 'w')
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}

test.skipIf(process.getuid?.() !== 0)('a disk that is full for a while', async () => {
  const folder = temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'truefork-test', folder])
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  const [file, filler] = [join(folder, 'server.log'), join(folder, 'filler')]
  const options = ['--port', 0, '--log', 'json', '--log-file', file]
  const server = startCommand(['serve', fixtureFile('talk.mjs'), '--allow-root', ...options])
  const read = () => readFileSync(file, 'utf8')
  server.port = await until(() => portOf(server.pid))
  await until(() => read().includes('"listening"'))
  fill(filler)
  await shout(server, 5)
  rmSync(filler)

  server.signal('SIGUSR1')
  await until(() => read().includes('"status"'))
  const lines = read().trimEnd().split('\n')
  const whole = lines.filter(isJson).map(line => JSON.parse(line))
  // What fitted on the disk of the first line that did not is half a line, on a line of its own.
  expect(lines.length - whole.length).toBeLessThanOrEqual(1)
  const note = whole.find(({ message }) => /lines dropped/.test(message))
  const [, dropped, reason] = /^log lines dropped: (\d+): (.*)$/.exec(note.message)!
  expect(reason).toBe('write: No space left on device (ENOSPC)')
  const status = whole.find(({ event }) => event === 'status')
  expect(status.dropped).toBe(Number(dropped))
  // The line of the start, two for each client, and the three of SIGUSR1.
  expect(whole.length + Number(dropped)).toBe(1 + 2 * 5 + 3)
})

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
