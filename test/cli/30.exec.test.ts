import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { runCommand, startExec } from '../support/server.ts'

/** An executable script. */
function script(text: string): string {
  const file = join(temporaryFolder(), 'script')
  writeFileSync(file, text, { mode: 0o755 })
  return file
}

test('cat: several clients at once, each with a process of its own', async () => {
  const server = await startExec(['cat'])
  const clients = [await server.client(), await server.client()]
  for (const [index, client] of clients.entries()) {
    expect(await client.ask(`line ${index}`)).toBe(`line ${index}`)
  }
  expect(server.children()).toHaveLength(2)
  for (const client of clients) expect(await client.finish()).toBe('')
})

test('many bytes, in both directions', async () => {
  const server = await startExec(['cat'])
  const client = await server.client()
  const bytes = 4_000_000
  client.socket.end('x'.repeat(bytes))
  expect((await client.rest()).length).toBe(bytes)
})

const hasBc = spawnSync('bc', ['--version'], { stdio: 'ignore' }).error === undefined

test.runIf(hasBc)('bc', async () => {
  const server = await startExec(['bc', '-q'])
  const client = await server.client()
  expect(await client.ask('6 * 7')).toBe('42')
  expect(await client.ask('2 ^ 64')).toBe('18446744073709551616')
})

test('a shell script, and its status in the log', async () => {
  const file = script('#!/bin/sh\nread -r name\necho "hello $name, $1"\nexit 7\n')
  const server = await startExec([file, 'and welcome'])
  expect(await (await server.client()).ask('you')).toBe('hello you, and welcome')
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status="exited 7" children=0$/)
})

test('options of the program are its own, also without --', async () => {
  const server = await startExec(['sh', '-c', 'printf "%s\\n" "$@"', 'sh', '--port', '--', '-x'])
  expect(await (await server.client()).rest()).toBe('--port\n--\n-x\n')
  const other = await runCommand(['exec', '--port', 0, 'nowhere-at-all', '--help'])
  expect(other.err).toEqual([expect.stringMatching(/^truefork: cannot execute nowhere-at-all: /)])
})

test('a signal that ends it, by its name', async () => {
  const server = await startExec(['sh', '-c', 'kill -SEGV $$'])
  await (await server.client()).rest()
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status=SIGSEGV /)
})

test('a client who is gone: SIGPIPE ends it, as it ends every program', async () => {
  const server = await startExec(['sh', '-c', 'read -r x; while :; do echo more; done'])
  const client = await server.client()
  client.send('go')
  await client.line()
  client.socket.destroy()
  expect(await server.log(/^truefork: reaped /)).toMatch(/ status=SIGPIPE /)
})

test('standard error goes where that of the server goes, or to the client', async () => {
  const program = ['sh', '-c', 'echo "an error" >&2; echo done']
  const server = await startExec(program)
  expect(await (await server.client()).rest()).toBe('done\n')
  await server.log(/^an error$/)
  const other = await startExec(program, ['--stderr', 'client'])
  expect(await (await other.client()).rest()).toBe('an error\ndone\n')
  expect(other.logged(/an error/)).toEqual([])
})

test.each(['log', 'client'])(
  'a program that is gone when the client comes, --stderr %s',
  async where => {
    const file = script('#!/bin/sh\necho here\n')
    const server = await startExec([file], ['--stderr', where])
    expect(await (await server.client()).rest()).toBe('here\n')

    chmodSync(file, 0o644)
    expect(await (await server.client()).rest()).toBe('')
    const denied = /^truefork: error .*message="execve .*script: Permission denied \(EACCES\)"$/
    await server.log(denied)
    await server.log(/^truefork: reaped .* status="exited 126" /)

    writeFileSync(file, 'echo here\n')
    chmodSync(file, 0o755)
    expect(await (await server.client()).rest()).toBe('')
    await server.log(/^truefork: error .*message="execve .*: Exec format error \(ENOEXEC\)"$/)
    await server.log(/^truefork: reaped .* status="exited 126" /, 2)

    rmSync(file)
    expect(await (await server.client()).rest()).toBe('')
    await server.log(
      /^truefork: error .*message="execve .*: No such file or directory \(ENOENT\)"$/,
    )
    await server.log(/^truefork: reaped .* status="exited 127" /)
  },
)

test('a name is looked up once: who changes PATH later changes nothing', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'greet')
  writeFileSync(file, '#!/bin/sh\necho first\n', { mode: 0o755 })
  const server = await startExec(['greet'], [], {
    env: { PATH: `/nowhere:.:${process.env.PATH}` },
    cwd: folder,
  })
  expect(await (await server.client()).rest()).toBe('first\n')
  const relative = await startExec(['./greet'], ['--daemon'], { cwd: folder })
  expect(await (await relative.client()).rest()).toBe('first\n')
})

test('--help shows the options that a program has, and --stderr', async () => {
  const { code, out } = await runCommand(['exec', '--help'])
  expect([code, out[0]]).toEqual([0, 'Usage: truefork exec [options] -- PROGRAM [ARGS...]'])
  const text = out.join('\n')
  for (const option of ['stderr', 'max-children', 'access', 'lifetime', 'limit', 'user']) {
    expect(text).toContain(` --${option} `)
  }
  expect(text).not.toContain('--idle-timeout')
  expect((await runCommand(['serve', '--help'])).out.join('\n')).not.toContain('--stderr')
})
