// What `truefork top --once` says of real processes, beside what the kernel says.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { privateBytes } from '../../src/cli/top/linux.ts'
import type { ServerProcess } from '../../src/cli/top/snapshot.ts'
import { addressFrom, socketTable } from '../../src/cli/top/sockets.ts'
import { connectClient } from '../support/client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors, isRoot, processorTicks, stat, title } from '../support/proc.ts'
import {
  fixtureFile,
  portOf,
  runCommand,
  startCommand,
  startForeign,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'
import { startForkingServer } from '../support/zombies.ts'

async function processes(pid: number, options = {}): Promise<ServerProcess[]> {
  const { code, out, err } = await runCommand(['top', pid, '--once', '--json'], options)
  expect({ code, err }).toEqual({ code: 0, err: [] })
  return JSON.parse(out[0]!).processes
}

/** Standard input, output and error of what a test starts: Node connects them by sockets. */
const standard = 3

const nameOf = (client: { socket: { localPort?: number } }) =>
  `127.0.0.1:${client.socket.localPort}`

describe('a server of truefork', () => {
  test('the daemon process, a server process for each client, and all their descriptors', async () => {
    const server = await startServer('talk.mjs')
    const [one, two] = [await server.served(), await server.served()]
    const [daemon, ...servers] = await processes(server.daemon)
    expect(daemon).toMatchObject({
      ...{ pid: server.daemon, ppid: process.pid, role: 'daemon', clients: [] },
      ...{ uid: process.getuid!(), state: 'sleeping', ended: null, command: title(server.daemon) },
      descriptors: { listening: 1 },
    })
    expect(servers).toMatchObject(
      [one, two].map(client => ({
        ...{ pid: client.server, ppid: server.daemon, role: 'server', clients: [nameOf(client)] },
        ...{ descriptors: { listening: 0, connected: expect.any(Number) } },
      })),
    )
    for (const { pid, descriptors: counts, ageSeconds, privateBytes } of [daemon!, ...servers]) {
      const names = [...descriptors(pid).values()]
      const count = (start: string) => names.filter(name => name.startsWith(start)).length
      expect(counts).toMatchObject({ files: count('/'), pipes: count('pipe:') })
      expect(Object.values(counts!).reduce((sum, one) => sum + one, 0)).toBe(names.length)
      expect(ageSeconds).toBeGreaterThan(0)
      expect(privateBytes).toBeGreaterThan(100_000)
    }
    expect(daemon!.ageSeconds).toBeGreaterThan(servers[0]!.ageSeconds)
  })

  test('spare processes, with the model prefork', async () => {
    const server = await startServer('talk.mjs', ['--model', 'prefork', '--spare', '2'])
    await until(() => server.children().filter(pid => title(pid) === 'truefork: waiting')[1])
    const roles = (await processes(server.daemon)).map(({ role }) => role)
    expect(roles.slice(0, 3)).toEqual(['daemon', 'spare', 'spare'])
  })

  test('a client on a UNIX socket', async () => {
    const path = join(temporaryFolder(), 'top')
    const args = ['serve', fixtureFile('talk.mjs'), '--listen', `unix:${path}`]
    const server = startCommand(args)
    await server.log(/listening on unix:/)
    const socket = await connectClient({ path })
    await until(() => server.children()[0])
    const [daemon, child] = await processes(server.daemon)
    expect(daemon!.descriptors!.listening).toBe(1)
    expect(child).toMatchObject({ role: 'server', clients: [`unix:${path}`] })
    socket.destroy()
  })
})

describe('any forking server', () => {
  test('zombies, and how they ended', async () => {
    const server = await startForkingServer()
    const [client, zombie] = [await server.client(), await server.zombie(7)]
    expect(await processes(server.pid)).toMatchObject([
      { pid: server.pid, role: 'parent', descriptors: { listening: 1, connected: standard } },
      {
        ...{ pid: client.server, role: 'child', clients: [client.name] },
        descriptors: { listening: 0, connected: standard + 1 },
      },
      { pid: zombie, state: 'zombie', ended: 'exited 7', privateBytes: 0, command: '' },
    ])
    process.kill(client.server, 'SIGKILL')
    await until(() => stat(client.server).state === 'Z')
    const killed = (await processes(server.pid)).find(({ pid }) => pid === client.server)
    expect(killed).toMatchObject({ state: 'zombie', ended: 'SIGKILL' })
    server.collect()
    await untilGone(zombie)
    expect(await processes(server.pid)).toHaveLength(1)
  })

  test.runIf(existsSync('/usr/bin/tcpserver'))('tcpserver, which executes a program', async () => {
    const server = startForeign(['tcpserver', '-H', '-R', '-l', '0', '127.0.0.1', '0', 'cat'])
    const port = await until(() => portOf(server.pid))
    const socket = await connectClient(port)
    const child = await until(() => server.children().find(pid => title(pid) === 'cat'))
    expect(await processes(server.pid)).toMatchObject([
      { pid: server.pid, role: 'parent' },
      // Its standard input and output are the client, standard error is this test.
      {
        ...{ pid: child, role: 'child', command: 'cat', descriptors: { connected: 3 } },
        clients: [`127.0.0.1:${socket.localPort}`],
      },
    ])
  })

  test('processor time, as the kernel counts it', async () => {
    const server = startForeign(['sh', '-c', 'while :; do :; done'])
    const ticks = () => processorTicks(server.pid)
    await until(() => ticks() > 20)
    const before = ticks()
    const [one] = await processes(server.pid)
    expect(one!.cpuSeconds * 100).toBeGreaterThanOrEqual(before)
    expect(one!.cpuSeconds * 100).toBeLessThanOrEqual(ticks())
    expect(one!.clients).toEqual([])
  })

  // As a user who may look into nothing of root's, but may read the files of this project.
  test.runIf(isRoot)('what may not be read is ?, and null, not 0', async () => {
    const server = await startForkingServer()
    const client = await server.client()
    await server.zombie(7)
    const caps = '-all,+dac_read_search'
    const under = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    under.push(`--inh-caps=${caps}`, `--ambient-caps=${caps}`)
    const unread = { uid: 0, descriptors: null, privateBytes: null, clients: null }
    expect(await processes(server.pid, { under })).toMatchObject([
      { pid: server.pid, ...unread, ageSeconds: expect.any(Number) },
      { pid: client.server, ...unread },
      { state: 'zombie', ended: null },
    ])
    const { out } = await runCommand(['top', server.pid, '--once'], { under })
    expect(out[3]).toMatch(/sleeping +\S+ +\S+ +\? +\? +\? +\? +\? +\? +\? /)
    expect(out[0]).toContain('0 and more private')
  })
})

test('as text, where nothing is cut, in the order that is asked for', async () => {
  const server = await startForkingServer()
  const zombie = await server.zombie(3)
  const { out } = await runCommand(['top', server.pid, '--sort', 'state'])
  expect(out).toEqual([
    expect.stringMatching(/^2 processes, 0 clients, 1 ZOMBIE, [\d.]+[KM] private, \d\d:\d\d:\d\d$/),
    '',
    expect.stringMatching(/^ +PID PROCESS .* COMMAND$/),
    expect.stringMatching(new RegExp(`^ +${zombie} child +ZOMBIE .*\\(exited 3\\)`)),
    expect.stringMatching(new RegExp(`^ +${server.pid} parent .*zombies\\.py$`)),
  ])
})

describe('the tables of the kernel', () => {
  test.each([
    ['0100007F:1E61', '127.0.0.1:7777'],
    ['00000000000000000000000001000000:0050', '[::1]:80'],
    ['0000000000000000FFFF00000100007F:FFFF', '127.0.0.1:65535'],
    ['B80D0120000000000000000001000000:0001', '[2001:db8::1]:1'],
  ])('%s is %s', (text, address) => {
    expect(addressFrom(text)).toBe(address)
  })

  test('a socket whose own port is listened on came of accept; another did not', () => {
    const row = (local: string, remote: string, state: string, inode: number) =>
      ` 0: 0100007F:${local} 0100007F:${remote} ${state} 0:0 00:0 0 0 0 ${inode} 1`
    const rows = [row('1E61', '0000', '0A', 1), row('1E61', 'A000', '01', 2)]
    const table = ['heading', ...rows, row('A001', '0050', '01', 3)].join('\n')
    expect(socketTable(table, '', '')).toEqual(
      new Map([
        ['1', { kind: 'listening' }],
        ['2', { kind: 'connected', client: '127.0.0.1:40960' }],
        ['3', { kind: 'connected' }],
      ]),
    )
  })

  test('private memory of all kinds', () => {
    const rollup = 'Rss: 90 kB\nPrivate_Clean:  3 kB\nPrivate_Dirty: 10 kB\nPrivate_Hugetlb: 2 kB\n'
    expect(privateBytes(rollup)).toBe(15 * 1024)
  })
})
