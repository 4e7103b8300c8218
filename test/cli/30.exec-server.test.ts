// A program is served as a handler is: the same limits, rules, times, signals and logs.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { factsFrom, factsProgram, ucspi } from '../support/facts.ts'
import { temporaryFolder } from '../support/folder.ts'
import {
  descriptors,
  exists,
  idsOf,
  isRoot,
  limit,
  niceOf,
  pageFaults,
  status,
} from '../support/proc.ts'
import { type Program, startCommand, startExec, untilGone } from '../support/server.ts'
import { until } from '../support/until.ts'

/** A shell that answers with its process id, and then as cat. */
const who = ['sh', '-c', 'echo $$; exec cat']

async function served(server: Program) {
  const client = await server.client()
  return Object.assign(client, { pid: Number(await client.line()) })
}

const reaped = (server: Program, pid: number) =>
  server.log(new RegExp(`^truefork: reaped child=${pid} `))

test('limits, nice value and umask', async () => {
  const nice = niceOf(process.pid) + 5
  const args = ['--limit', 'core=0', '--limit', 'cpu=10:60', '--nice', nice, '--umask', '027']
  const server = await startExec([factsProgram()], args)
  const facts = await factsFrom(await server.client())
  expect(facts).toMatchObject({ core: [0, 0], nice, umask: 0o027 })
})

test('limits that node would not live with: they are for the program', async () => {
  const server = await startExec([factsProgram()], ['--limit', 'as=4M', '--limit', 'nofile=3'])
  for (let count = 0; count < 20; count++) {
    const { as, nofile } = await factsFrom(await server.client())
    expect({ as, nofile }).toEqual({ as: [4 * 2 ** 20, 4 * 2 ** 20], nofile: [3, 3] })
  }
  expect(limit(server.daemon, 'address space')).toEqual(limit(process.pid, 'address space'))
  expect(server.logged(/reaped|error/)).toEqual([])
})

test('lifetime', async () => {
  const server = await startExec(who, ['--lifetime', 0.5])
  const client = await served(server)
  expect(await reaped(server, client.pid)).toMatch(/ status=SIGTERM children=0 reason=lifetime$/)
  expect(await client.rest()).toBe('')
})

test('when the server stops, programs may finish, and are asked to end when grace is over', async () => {
  const trap = ['sh', '-c', 'trap "echo bye; exit 3" TERM; echo $$; while :; do read -r line; done']
  const server = await startExec(trap, ['--grace', 0.5])
  const client = await served(server)
  server.signal('SIGTERM')
  expect(await client.rest()).toBe('bye\n')
  expect(await reaped(server, client.pid)).toMatch(/ status="exited 3" /)
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('one who ends by himself while it drains', async () => {
  const server = await startExec(who)
  const client = await served(server)
  server.signal('SIGINT')
  await server.log(/^truefork: draining .* children=1 /)
  expect(await client.ask('still served')).toBe('still served')
  await client.finish()
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  expect(server.logged(/reaped/)).toEqual([])
})

test.each(['finish', 'terminate'])('the daemon process dies: %s', async fate => {
  const server = await startExec(who, ['--on-daemon-death', fate])
  const client = await served(server)
  server.signal('SIGKILL')
  if (fate === 'terminate') {
    await untilGone(client.pid)
    return
  }
  await untilGone(server.daemon)
  expect(await client.ask('still served')).toBe('still served')
  expect(exists(client.pid)).toBe(true)
})

test('rules of access, and limits for the server as a whole', async () => {
  const denied = await startExec(who, ['--access', 'deny all', '--refuse-message', 'not you'])
  expect(await (await denied.client()).rest()).toBe('not you')
  await denied.log(/^truefork: rejected client=\S+ reason=access detail="deny all"$/)
  const small = await startExec(who, ['--max-children', 1, '--overload', 'refuse'])
  await served(small)
  expect(await (await small.client()).rest()).toBe('')
  await small.log(/^truefork: rejected client=\S+ reason=overload /)
})

test('penalties, by the status of the program', async () => {
  const server = await startExec(['sh', '-c', 'exit 77'], ['--penalize', '77=60'])
  await (await server.client()).rest()
  await server.log(/^truefork: reaped .* status="exited 77" .* penalty=60$/)
  await (await server.client()).rest()
  await server.log(/^truefork: rejected .* reason=penalty /)
})

test('SIGHUP rereads the file, but what is for handlers is refused', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'limit = ["nofile=100"]\n')
  const server = await startExec([factsProgram()], ['--config', file])
  const nofile = async () => (await factsFrom(await server.client())).nofile
  expect(await nofile()).toEqual([100, 100])
  writeFileSync(file, 'limit = ["nofile=200"]\nstderr = "client"\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* changed=limit needs-upgrade=stderr$/)
  expect(await nofile()).toEqual([200, 200])
  writeFileSync(file, 'limit = ["nofile=300"]\nidle-timeout = 5\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reload-failed .*idle-timeout: nobody sees whether a program reads/)
  writeFileSync(file, 'limit = ["as=1K"]\n')
  server.signal('SIGHUP')
  await server.log(/^truefork: reload-failed .*a server process does not live with as=1K/)
  expect(await nofile()).toEqual([200, 200])
})

test('a program that has gone is no daemon to hand over to', async () => {
  const folder = temporaryFolder()
  const program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\necho $$; exec cat\n', { mode: 0o755 })
  const server = await startExec([program])
  const client = await served(server)
  writeFileSync(program, '')
  server.signal('SIGUSR2')
  const line = await server.log(/^truefork: upgrade-failed /)
  expect(line).toContain('(exited 66)')
  expect(await client.ask('still served')).toBe('still served')
})

test('status, and the log as JSON', async () => {
  const server = startCommand([
    ...['exec', '--allow-root', '--port', 0, '--log', 'json', '--log-level', 'debug'],
    ...['--', 'sh', '-c', 'exit 7'],
  ])
  server.port = JSON.parse(await server.log(/"listening"/)).port
  await (await server.client()).rest()
  const event = JSON.parse(await server.log(/"reaped"/))
  expect(event).toMatchObject({ event: 'reaped', pid: server.pid, code: 7 })
  server.signal('SIGUSR1')
  const { ended, accepted } = JSON.parse(await server.log(/"status"/))
  expect({ ended, accepted }).toEqual({ ended: { 'exited 7': 1 }, accepted: 1 })
})

test('neither zombies nor descriptors are left', async () => {
  const server = await startExec(['true'])
  const before = descriptors(server.daemon)
  for (let count = 0; count < 50; count++) await (await server.client()).rest()
  await until(() => server.children().length === 0)
  expect(descriptors(server.daemon)).toEqual(before)
  expect(server.logged(/reaped|error/)).toEqual([])
})

describe.runIf(isRoot)('as root', () => {
  test('--user: the program is that of the user, and gets no more rights', async () => {
    const args = ['--user', 'nobody', '--group', 123457]
    const server = await startExec(who, args)
    const { pid } = await served(server)
    expect(idsOf(pid)).toEqual(idsOf(server.daemon))
    expect(idsOf(pid).gid).toEqual([123457, 123457, 123457, 123457])
    expect(status(pid, 'NoNewPrivs')).toBe('1')
    expect(status(pid, 'CapEff')).toBe('0000000000000000')
  })

  test('--chroot: the program is looked up inside', async () => {
    const jail = temporaryFolder()
    mkdirSync(join(jail, 'bin'))
    copyFileSync(factsProgram(), join(jail, 'bin/facts'))
    for (const name of ['facts', '/bin/facts', './bin/facts']) {
      const env = { PATH: '/usr/bin:/bin' }
      const server = await startExec([name], ['--chroot', jail, '--limit', 'core=0'], { env })
      const facts = await factsFrom(await server.client())
      expect(facts).toMatchObject({ arguments: [name], directory: '/', core: [0, 0] })
      expect(facts.descriptors.map(({ fd }) => fd)).toEqual([0, 1, 2])
      expect(ucspi(facts).PROTO).toBe('TCP')
    }
  })
})

test('a client costs the daemon process no copy of its memory', async () => {
  const server = await startExec(['true'])
  const serve = async (count: number) => {
    for (let left = count; left > 0; left--) await (await server.client()).rest()
    return pageFaults(server.daemon)
  }
  const before = await serve(20)
  // After a fork, each page that it writes to next is one: about a hundred.
  expect(((await serve(20)) - before) / 20).toBeLessThan(30)
})
