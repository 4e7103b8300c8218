import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors, signals } from '../support/proc.ts'
import { listeningSocket, startServer } from '../support/server.ts'

const shell = (command: string) => ['sh', '-c', `${command}; exec "$0" "$@"`]
const SIGHUP = 1

test('a daemon keeps no descriptor of whoever started it', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const under = shell(`exec 7<${file} 8<&0`)
  const server = await startServer('talk.mjs', ['--daemon'], { under })
  await server.ended()
  const open = [...descriptors(server.daemon).values()]
  expect(open).not.toContain(file)
  // Standard input of the start, which is a socket here, is gone with its copy.
  expect(open.filter(name => name.startsWith('socket:'))).toEqual([listeningSocket(server.port)])
})

test('it handles SIGHUP also where it was started by nohup, and blocks nothing', async () => {
  const server = await startServer('talk.mjs', ['--daemon'], { under: ['nohup'] })
  await server.ended()
  expect(signals(server.daemon, 'SigCgt')).toContain(SIGHUP)
  expect(signals(server.daemon, 'SigIgn')).not.toContain(SIGHUP)
  expect(signals(server.daemon, 'SigBlk')).toEqual([])
})

test('what a server process opens does not become its terminal: it leads no session', async () => {
  const server = await startServer('talk.mjs', ['--daemon'])
  const client = await server.served()
  const field = (pid: number, index: number) =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[index])
  const [session, terminal] = [3, 4]
  expect(field(client.server, session)).toBe(server.daemon)
  expect(field(client.server, terminal)).toBe(0)
  expect(readlinkSync(`/proc/${client.server}/cwd`)).toBe('/')
})
