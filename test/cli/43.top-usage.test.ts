// Which server `truefork top` means, and how it says that there is none.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { daemonsOf } from '../../src/cli/top/find.ts'
import type { Identity, Process } from '../../src/cli/top/system.ts'
import { temporaryFolder } from '../support/folder.ts'
import { isRoot } from '../support/proc.ts'
import { runCommand, startServer } from '../support/server.ts'

const gone = 2 ** 22 + 1 // Linux gives no pid beyond 2^22

test.each([
  ['no number', ['x'], 64, "expected a process id, as 4711, got 'x'"],
  ['0', ['0'], 64, "expected a process id, as 4711, got '0'"],
  ['a PID and a file', ['1', '--pid-file', 'x'], 64, 'PID and --pid-file name a server each'],
  ['JSON of a live view', ['1', '--json'], 64, '--json goes with --once'],
  ['an unknown order', ['--sort', 'x'], 64, "option '--sort <KEY>' argument 'x' is invalid"],
  ['too often', ['--interval', '0'], 64, "--interval: expected seconds from 0.1 to 3600, got '0'"],
  ['nobody', [gone, '--once'], 1, `there is no process ${gone}`],
  ['no file', ['--pid-file', '/nowhere/x'], 1, '/nowhere/x: no such file: the server does not run'],
  ['a folder', ['--pid-file', '/'], 71, 'read /: Is a directory (EISDIR)'],
])('%s', async (_, args, code, message) => {
  const { err, ...ending } = await runCommand(['top', ...args])
  expect(ending).toMatchObject({ code, out: [] })
  expect(err).toEqual([expect.stringContaining(`truefork: ${message}`)])
})

describe('a pid file', () => {
  const file = (text: string) => {
    const path = join(temporaryFolder(), 'server.pid')
    writeFileSync(path, text)
    return path
  }

  test.each([
    ['', 'holds no process id: the server does not run, or is about to start'],
    ['4711 or so\n', 'holds no process id: the server does not run, or is about to start'],
  ])('that has %j in it', async (text, message) => {
    const path = file(text)
    const { code, err } = await runCommand(['top', '--pid-file', path])
    expect({ code, err }).toEqual({ code: 1, err: [`truefork: ${path} ${message}`] })
  })

  test('of a server that is gone', async () => {
    const path = file(`${gone}\n`)
    const { code, err } = await runCommand(['top', '--pid-file', path])
    expect({ code, err }).toEqual({
      code: 1,
      err: [`truefork: ${path}: there is no process ${gone}`],
    })
  })

  test('of one that runs', async () => {
    const path = join(temporaryFolder(), 'server.pid')
    const server = await startServer('talk.mjs', ['--pid-file', path])
    const { code, out } = await runCommand(['top', '--pid-file', path, '--once', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out[0]!).processes).toMatchObject([{ pid: server.daemon, role: 'daemon' }])
  })
})

// As a user whom nobody else is, who runs no other server. What was built may be root's alone:
// as root without the right to be root, but who may read all files.
describe.runIf(isRoot)('without PID', () => {
  const uid = 50_000 + (process.pid % 10_000)
  const caps = '-all,+dac_read_search'
  const under = [
    ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'],
    ...[`--inh-caps=${caps}`, `--ambient-caps=${caps}`],
  ]
  const run = (...args: string[]) => runCommand(['top', '--once', ...args], { under })

  test('none, one, and several, which are listed', async () => {
    expect(await run()).toMatchObject({
      code: 1,
      err: [
        'truefork: no truefork server of this user runs here; of any other server give the PID',
      ],
    })

    const first = await startServer('talk.mjs', [], { under })
    await first.served()
    const { code, out } = await run('--json')
    expect(code).toBe(0)
    expect(JSON.parse(out[0]!).processes).toMatchObject([
      { pid: first.daemon, role: 'daemon', uid },
      { ppid: first.daemon, role: 'server', uid },
    ])

    const second = await startServer('talk.mjs', [], { under })
    const several = await run()
    expect(several).toMatchObject({ code: 64, out: [] })
    expect(several.err[0]).toBe(
      'truefork: 2 truefork servers run here: say which, as truefork top PID',
    )
    const daemons = [first.daemon, second.daemon]
    expect(
      several.err
        .slice(1)
        .map(line => Number.parseInt(line, 10))
        .sort(),
    ).toEqual(daemons.sort())
  })
})

test('a daemon process below another is not listed beside it; root sees those of all users', () => {
  const all = [10, 11, 20].map((pid): Process => {
    const [ppid, start] = [pid === 11 ? 10 : 1, String(pid)]
    return { pid, ppid, state: 'sleeping', start, ageSeconds: 1, cpuSeconds: 0 }
  })
  const command = 'truefork: daemon 1 of 256'
  const identities = new Map<number, Identity>([
    [10, { uid: 1, command }],
    [11, { uid: 1, command }],
    [20, { uid: 2, command }],
  ])
  const pids = (user: number) => daemonsOf(all, identities, user).map(({ process }) => process.pid)
  expect([pids(1), pids(2), pids(3), pids(0)]).toEqual([[10], [20], [], [10, 20]])
})
