import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FixtureOptions } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors, idsOf, isRoot, niceOf, status, withoutRights } from '../support/proc.ts'
import {
  command,
  fixtureFile,
  listeningSocket,
  runCommand,
  startCommand,
  startServer,
  untilGone,
} from '../support/server.ts'
import { until } from '../support/until.ts'

const handler = 'privileges.mjs'
const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
const nobody = { uid: idOf('-u'), gid: idOf('-g') }
const four = (id: number) => [id, id, id, id]

const serveCommand = (...args: (string | number)[]) => [
  'serve',
  fixtureFile(handler),
  '--port',
  0,
  ...args,
]
const refusal = (args: (string | number)[], options: FixtureOptions = {}) =>
  runCommand(serveCommand(...args), options)

/** Every thread of the daemon process, and every server process. */
const allOf = (daemon: number, ...servers: number[]) => [
  ...readdirSync(`/proc/${daemon}/task`).map(Number),
  ...servers,
]

describe.runIf(isRoot)('as root', () => {
  test('--user: user, group, groups, no new privileges, and no way back', async () => {
    const server = await startServer(handler, ['--user', 'nobody'])
    const clients = [await server.served(), await server.served()]
    const groups = execFileSync('id', ['-G', 'nobody'], { encoding: 'utf8' }).trim().split(' ')
    for (const pid of allOf(server.daemon, ...clients.map(client => client.server))) {
      const { groups: found, ...ids } = idsOf(pid)
      expect(ids).toEqual({ uid: four(nobody.uid), gid: four(nobody.gid) })
      expect(new Set(found)).toEqual(new Set(groups.map(Number)))
      expect(status(pid, 'CapEff')).toBe('0000000000000000')
      expect(status(pid, 'CapPrm')).toBe('0000000000000000')
    }
    for (const pid of [server.daemon, clients[0]!.server]) {
      expect(status(pid, 'NoNewPrivs')).toBe('1')
    }
    expect(JSON.parse(await clients[0]!.ask('back'))).toEqual(['EPERM', 'EPERM', 'EPERM'])
    await Promise.all(clients.map(client => client.finish()))
    server.signal('SIGTERM')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.logged(/reaped|error|warning/)).toEqual([])
  })

  const canMount = spawnSync('unshare', ['-m', 'true']).status === 0
  test.runIf(canMount)(
    'the supplementary groups are those of the user, also with another --group',
    async () => {
      const folder = temporaryFolder()
      const [users, groups] = [join(folder, 'passwd'), join(folder, 'group')]
      const entry = 'clerk:x:7001:7002::/nonexistent:/bin/false\n'
      writeFileSync(users, readFileSync('/etc/passwd', 'utf8') + entry)
      writeFileSync(
        groups,
        `${readFileSync('/etc/group', 'utf8')}clerks:x:7002:\nmail2:x:7003:clerk\nwww2:x:7004:clerk\n`,
      )
      const script =
        'mount --bind "$0" /etc/passwd && mount --bind "$1" /etc/group && shift && exec "$@"'
      const under = ['unshare', '-m', 'sh', '-c', script, users, groups]
      const start = (...args: (string | number)[]) =>
        startCommand(serveCommand('--daemon', ...args), { under }).listening()
      const first = await start('--user', 'clerk')
      expect(idsOf(first.daemon)).toEqual({
        uid: four(7001),
        gid: four(7002),
        groups: [7002, 7003, 7004],
      })
      const second = await start('--user', 7001, '--group', 'www2')
      expect(idsOf(second.daemon)).toEqual({
        uid: four(7001),
        gid: four(7004),
        groups: [7003, 7004],
      })
    },
  )

  test('ids that no database knows; a group alone leaves the user', async () => {
    const unknown = await startServer(handler, ['--user', 123456, '--group', 123457])
    const { server: pid } = await unknown.served()
    const ids = { uid: four(123456), gid: four(123457), groups: [123457] }
    expect(idsOf(pid)).toEqual(ids)
    const other = await startServer(handler, ['--group', 123457])
    expect(idsOf(other.daemon)).toEqual({ ...ids, uid: four(0) })
  })

  test('in the file', async () => {
    const file = join(temporaryFolder(), 'server.toml')
    writeFileSync(file, `user = "nobody"\ngroup = 123457\n`)
    const server = await startServer(handler, ['--config', file, '--host', '::1'])
    const client = await server.client('::1')
    const [pid] = (await client.ask('who')).split(' ')
    expect(idsOf(Number(pid))).toEqual({
      uid: four(nobody.uid),
      gid: four(123457),
      groups: expect.arrayContaining([123457]),
    })
  })

  test('the sequential server, too', async () => {
    const folder = realpathSync(temporaryFolder())
    const args = ['--model', 'sequential', '--user', 'nobody', '--chroot', folder]
    const server = await startServer(handler, args)
    const client = await server.served()
    expect(client.server).toBe(server.daemon)
    expect(idsOf(server.daemon).uid).toEqual(four(nobody.uid))
    expect(readlinkSync(`/proc/${server.daemon}/root`)).toBe(folder)
    expect(JSON.parse(await client.ask('back'))).toEqual(['EPERM', 'EPERM', 'EPERM'])
    expect(openFolders(server.daemon)).toEqual([])
  })

  test('a set-user-id program gives nothing', async context => {
    const program = join(temporaryFolder(), 'id')
    copyFileSync('/usr/bin/id', program)
    chmodSync(program, 0o4755)
    chmodSync(join(program, '..'), 0o755)
    const as = ['--reuid=nobody', '--clear-groups', program, '-u']
    const gives = execFileSync('setpriv', as, { encoding: 'utf8' }).trim() === '0'
    context.skip(!gives, 'the file system is mounted with nosuid')
    const server = await startServer(handler, ['--user', 'nobody'])
    expect(await (await server.client()).ask(`id ${program}`)).toBe(String(nobody.uid))
  })

  test('server processes of one user cannot look into each other, nor into the daemon process', async () => {
    const server = await startServer(handler, ['--user', 'nobody'])
    const [first, second] = [await server.served(), await server.served()]
    for (const pid of [second.server, server.daemon]) {
      expect(await first.ask(`memory ${pid}`)).toBe('EACCES')
    }
  })

  test('a handler that cannot be read any more is loaded already', async () => {
    const folder = temporaryFolder() // for its owner alone
    const file = join(folder, 'handler.mjs')
    writeFileSync(file, "export default c => { c.write(c.readLine() + '\\n') }", { mode: 0o600 })
    const server = await startServer(file, ['--user', 'nobody'])
    for (const text of ['first', 'second']) {
      expect(await (await server.client()).ask(text)).toBe(text)
    }
  })

  test('a configuration that cannot be read any more: reload-failed, the old settings stay', async () => {
    const file = join(temporaryFolder(), 'server.toml')
    writeFileSync(file, 'max-children = 1\n', { mode: 0o600 })
    const server = await startServer(handler, ['--user', 'nobody', '--config', file])
    const first = await server.served()
    writeFileSync(file, 'max-children = 5\n')
    server.signal('SIGHUP')
    const line = await server.log(/^truefork: reload-failed /)
    expect(line).toMatch(new RegExp(`file=${file} reason=".*permission denied`))
    const second = await server.client()
    second.send('who')
    server.signal('SIGUSR1')
    await server.log(/^truefork: status children=1 accepted=1 /)
    await first.finish()
    await second.line()
  })

  test('the log stays open; that it cannot be reopened is said in it', async () => {
    const log = join(temporaryFolder(), 'server.log')
    const server = await startCommand(
      serveCommand('--user', 'nobody', '--daemon', '--log-file', log),
    ).listening()
    server.signal('SIGUSR1')
    const text = () => readFileSync(log, 'utf8')
    await until(() => /^truefork: status /m.test(text()))
    expect(text()).toMatch(/^truefork: error message=".*Permission denied \(EACCES\)"$/m)
    server.signal('SIGTERM')
    await untilGone(server.daemon)
    expect(text()).toMatch(/^truefork: stopped /m)
    expect(statSync(log).uid).toBe(0)
  })

  test('a pid file that cannot be removed, or not be seen, names nobody any more', async () => {
    const file = join(temporaryFolder(), 'pid')
    for (const args of [[], ['--chroot', temporaryFolder()]]) {
      const server = await startServer(handler, ['--user', 'nobody', '--pid-file', file, ...args])
      expect(readFileSync(file, 'utf8')).toBe(`${server.daemon}\n`)
      server.signal('SIGTERM')
      expect(await server.ended()).toEqual({ code: 0, signal: null })
      expect(readFileSync(file, 'utf8')).toBe('')
    }
  })

  const weak = ['--reuid=nobody', '--regid', String(nobody.gid), '--clear-groups']
  const program = ['setpriv', ...weak, process.execPath, command, '--version']
  const isReadable = spawnSync(program[0]!, program.slice(1)).status === 0

  test.runIf(isReadable)('an upgrade, for which nothing is left to give up', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'handler.mjs')
    writeFileSync(file, "export default c => c.write(c.readLine() + '\\n')")
    chmodSync(folder, 0o755)
    const server = await startServer(file, ['--user', 'nobody'])
    server.signal('SIGUSR2')
    const [, pid] = /child=(\d+)/.exec(await server.log(/^truefork: upgraded /))!
    expect(idsOf(Number(pid)).uid).toEqual(four(nobody.uid))
    expect(status(Number(pid), 'NoNewPrivs')).toBe('1')
    // The files of a process that only root may trace are root's.
    expect(statSync(`/proc/${pid}/status`).uid).toBe(0)
    expect(await (await server.client()).ask('served')).toBe('served')
  })

  test('a lower nice value cannot be had once the user has changed', async () => {
    const lower = niceOf(process.pid) - 1
    const { code, err } = await refusal(['--user', 'nobody', '--nice', lower])
    expect([code, err]).toEqual([64, ['truefork: nice: setpriority: Permission denied (EACCES)']])
  })
})

/** The folders that a process holds open: each is a way out of a chroot. */
const openFolders = (pid: number) =>
  [...descriptors(pid)]
    .filter(([, name]) => name.startsWith('/'))
    .filter(([fd]) => statSync(`/proc/${pid}/fd/${fd}`).isDirectory())

describe.runIf(isRoot)('chroot', () => {
  function jail() {
    const folder = realpathSync(temporaryFolder())
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'open'))
    chmodSync(join(folder, 'open'), 0o777)
    writeFileSync(join(folder, 'file'), 'inside')
    return folder
  }

  test('200 clients are served, and nothing outside can be seen', async () => {
    const folder = jail()
    const server = await startServer(handler, ['--user', 'nobody', '--chroot', folder])
    for (let served = 0; served < 199; served++) await (await server.served()).finish()
    const client = await server.served()
    for (const pid of [server.daemon, client.server]) {
      expect(readlinkSync(`/proc/${pid}/root`)).toBe(folder)
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder)
    }
    expect(openFolders(client.server)).toEqual([])
    expect(JSON.parse(await client.ask('list /..'))).toEqual(['file', 'open'])
    expect(await client.ask('read /file')).toBe('inside')
    expect(await client.ask('read /etc/passwd')).toBe('ENOENT')
    expect(await client.ask('write /open/new')).toBe('done')
    expect(await client.ask('write /new')).toBe('EACCES')
    expect(statSync(join(folder, 'open/new')).uid).toBe(nobody.uid)
    expect(JSON.parse(await client.ask('fork'))).toEqual(['hidden-threads'])
    await client.finish()
    server.signal('SIGTERM')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.logged(/reaped|rejected|error/)).toEqual([])
    expect(server.logged(/^truefork: stopped accepted=200$/)).toHaveLength(1)
  })

  test('in the background, where the daemon process has no other thread', async () => {
    const folder = jail()
    const log = join(temporaryFolder(), 'server.log')
    const args = ['--user', 'nobody', '--chroot', folder, '--daemon', '--log-file', log]
    const server = await startCommand(serveCommand(...args, '--log-level', 'debug')).listening()
    const clients = [await server.served(), await server.served()]
    await Promise.all(clients.map(client => client.finish()))
    server.signal('SIGTERM')
    await untilGone(server.daemon)
    const text = readFileSync(log, 'utf8')
    expect(text.match(/^truefork: reaped .*"exited 0"/gm)).toHaveLength(2)
    expect(text).toMatch(/^truefork: stopped accepted=2$/m)
  })

  test('of root, which stays root: its own descriptors are as closed', async () => {
    const folder = jail()
    const server = await startServer(handler, ['--chroot', folder])
    const client = await server.served()
    expect(readlinkSync(`/proc/${client.server}/root`)).toBe(folder)
    expect(openFolders(client.server)).toEqual([])
  })

  test('the configuration is reread at the same path inside', async () => {
    const folder = jail()
    const file = join(temporaryFolder(), 'server.toml')
    writeFileSync(file, 'max-children = 7\nuser = "nobody"\n')
    const server = await startServer(handler, ['--chroot', folder, '--config', file])
    server.signal('SIGHUP')
    expect(await server.log(/^truefork: reload-failed /)).toMatch(/no such file/i)
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), 'max-children = 8\nuser = "nobody"\n')
    server.signal('SIGHUP')
    await server.log(/^truefork: reloaded .* changed=max-children needs-upgrade=none$/)
  })

  test('a UNIX socket stays reachable; its file stays, and the next start takes its place', async () => {
    const path = join(temporaryFolder(), 'socket')
    const args = ['--listen', `unix:${path}`, '--chroot', jail(), '--user', 'nobody']
    for (let start = 0; start < 2; start++) {
      const server = startCommand(['serve', fixtureFile(handler), ...args])
      await server.line(/listening on unix:/, { from: server.stderr })
      server.signal('SIGTERM')
      expect(await server.ended()).toEqual({ code: 0, signal: null })
    }
  })

  test('a folder that is not there, or is none: status 71, and nobody was let in', async () => {
    const { code, err } = await refusal(['--chroot', '/nowhere/at/all', '--allow-root'])
    const expected = 'truefork: chroot /nowhere/at/all: No such file or directory (ENOENT)'
    expect([code, err]).toEqual([71, [expected]])
    const file = join(jail(), 'file')
    const other = await refusal(['--chroot', file, '--user', 'nobody', '--daemon'])
    expect([other.code, other.err]).toEqual([
      71,
      [`truefork: chroot ${file}: Not a directory (ENOTDIR)`],
    ])
  })
})

describe.runIf(isRoot)('what root may serve', () => {
  const warning = /^truefork: warning message="root serves: name another user with --user, or say/

  test('on addresses of its own, with a warning', async () => {
    const args = ['--listen', '127.0.0.1:0', '--listen', '[::1]:0']
    const server = startCommand(['serve', fixtureFile(handler), ...args])
    await server.line(warning, { from: server.stderr })
    expect(server.logged(/^truefork: listening on /)).toHaveLength(2)
  })

  test('without one where it is said that it may, or somebody else serves', async () => {
    for (const args of [['--allow-root'], ['--user', 'nobody']]) {
      const server = await startCommand(serveCommand(...args)).listening()
      await (await server.served()).finish()
      server.signal('SIGTERM')
      await server.ended()
      expect(server.logged(warning)).toEqual([])
    }
  })

  test('as JSON', async () => {
    const server = startCommand(serveCommand('--log', 'json'))
    const [line] = await server.line(/.*"warning".*/, { from: server.stderr })
    expect(JSON.parse(line!)).toMatchObject({ event: 'warning', pid: server.pid })
  })

  test.each([['0.0.0.0'], ['::'], ['192.0.2.1']])('nothing on %s: status 64', async host => {
    const log = join(temporaryFolder(), 'log')
    for (const user of [[], ['--user', 'root'], ['--group', 'root']]) {
      const { code, err } = await refusal(['--host', host, '--log-file', log, ...user])
      expect(code).toBe(64)
      expect(err).toEqual([
        expect.stringMatching(/^truefork: root is not to serve on .*--user, or say --allow-root$/),
      ])
    }
    expect(() => statSync(log)).toThrow('ENOENT')
  })

  test('what it has been allowed, or gives away', async () => {
    for (const args of [['--allow-root'], ['--user', 'nobody']]) {
      const program = startCommand(serveCommand('--host', '0.0.0.0', ...args))
      const line = /^truefork: listening on 0\.0\.0\.0:(\d+) /
      const [, port] = await program.line(line, { from: program.stderr })
      expect(listeningSocket(Number(port))).toBeDefined()
    }
  })
})

describe.runIf(isRoot)('privileges that stay are found out', () => {
  test('a capability by which root can be had back: status 71', async () => {
    const capabilities = '+setuid,+setgid'
    const under = [
      ...['setpriv', '--reuid=root', '--securebits=+noroot,+no_setuid_fixup'],
      ...[`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`],
    ]
    const program = startCommand(serveCommand('--user', 'nobody'), { under })
    const { code } = await program.ended()
    const expected = /^truefork: privileges were not given up: root can be had back by setuid\(0\)$/
    expect([code, program.stderr.all]).toEqual([71, [expect.stringMatching(expected)]])
  })
})

test('the user that it is already', async () => {
  const uid = String(process.geteuid!())
  const server = await startServer(handler, ['--user', uid])
  const client = await server.served()
  expect(idsOf(client.server).uid).toEqual(four(Number(uid)))
  expect(status(client.server, 'NoNewPrivs')).toBe('1')
})

test('another user, without the right: status 71', async () => {
  const other = isRoot ? 'nobody' : 'root'
  const { code, err } = await refusal(['--user', other], { under: withoutRights })
  expect([code, err]).toEqual([71, ['truefork: setgroups: Operation not permitted (EPERM)']])
})

test.each([
  ['user', "this system has no user 'nobody at all'", 'nobody at all'],
  ['user', '4294967294 is no known user', '4294967294'],
  ['user', "this system has no user '4294967295'", '4294967295'],
  ['group', "this system has no group 'no such group'", 'no such group'],
])('an unknown %s: %s', async (option, reason, name) => {
  const { code, err } = await refusal([`--${option}`, name])
  expect([code, err]).toEqual([64, [expect.stringContaining(`truefork: ${option}: ${reason}`)]])
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, `${option} = "${name}"\n`)
  const other = await refusal(['--config', file])
  const expected = `truefork: ${file}: ${option}: ${reason}`
  expect([other.code, other.err]).toEqual([78, [expect.stringContaining(expected)]])
})

test.each([
  ['user = -1', ':1: user: expected the name or the id of a user, got -1'],
  ['user = ""', ":1: user: expected the name or the id of a user, got ''"],
  ['group = 1.5', ':1: group: expected the name or the id of a group, got 1.5'],
  ['chroot = ""', ":1: chroot: expected the name of a directory, got ''"],
  ['allow-root = 1', ':1: allow-root: expected true or false, got 1'],
])('a wrong line in the file, %s: status 78', async (text, message) => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, `${text}\n`)
  const { code, err } = await refusal(['--config', file])
  expect([code, err]).toEqual([78, [`truefork: ${file}${message}`]])
})
