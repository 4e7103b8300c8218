import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors } from '../support/proc.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n')

test('a daemon logs to its file; SIGUSR1 goes on in a new one', async () => {
  const file = join(temporaryFolder(), 'server.log')
  const server = await startServer('talk.mjs', ['--daemon', '--log-file', file])
  const logged = (pattern: RegExp) =>
    until(() => existsSync(file) && linesOf(file).find(line => pattern.test(line)))
  await logged(
    new RegExp(`^truefork: listening on 127.0.0.1:${server.port} \\(pid ${server.daemon}\\)$`),
  )

  const first = await server.served()
  first.send('return 7')
  await logged(/^truefork: reaped .*exited 7/)
  const before = linesOf(file)

  renameSync(file, `${file}.1`)
  server.signal('SIGUSR1')
  await logged(
    /^truefork: status children=0 accepted=1 rejected=0 refused=none peak=1 ended="exited 7: 1" uptime=\d+ dropped=0$/,
  )
  expect(linesOf(file)[0]).toBe(`truefork: reopened file=${file}`)
  expect(linesOf(`${file}.1`)).toEqual(before)
  expect([...descriptors(server.daemon).values()]).not.toContain(`${file}.1`)

  const second = await server.served()
  second.send('return 8')
  await logged(/^truefork: reaped .*exited 8/)
  expect(linesOf(`${file}.1`)).toEqual(before)
})

test('what a server process has to say stands in the file, too', async () => {
  const file = join(temporaryFolder(), 'server.log')
  const server = await startServer('talk.mjs', ['--daemon', '--log-file', file])
  const client = await server.served()
  client.send('throw for the log')
  await until(() => /^truefork: error .*for the log/m.test(readFileSync(file, 'utf8')))
})

test('a second start adds to the file, which others cannot read', async () => {
  const file = join(temporaryFolder(), 'server.log')
  for (const starts of [1, 2]) {
    const server = await startServer('talk.mjs', ['--daemon', '--log-file', file])
    server.signal('SIGQUIT')
    await until(() => linesOf(file).filter(line => /: stopped /.test(line)).length === starts)
  }
  expect(statSync(file).mode & 0o007).toBe(0)
})

test('SIGUSR1 in the foreground writes one status line to stderr', async () => {
  const server = await startServer('talk.mjs')
  const clients = [await server.served(), await server.served()]
  await clients[0]!.finish()
  await until(() => server.children().length === 1)
  server.signal('SIGUSR1')
  await server.log(
    /^truefork: status children=1 accepted=2 rejected=0 refused=none peak=2 ended="exited 0: 1" uptime=\d+ dropped=0$/,
  )
  expect(server.logged(/reopened/)).toEqual([])
})
