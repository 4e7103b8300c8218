import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askFixture, type FixtureOptions, launchFlags, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { nodeVersion } from '../support/node.ts'

const ask = (name: string, options?: FixtureOptions) => askFixture('fork/unsafe', [name], options)
const works = { kind: 'exited', code: 6 }

/** fork has thrown for these reasons, has told each with its remedy, and has forked nothing. */
const refusedFor = (...reasons: string[]) => ({
  isForkUnsafeError: true,
  name: 'ForkUnsafeError',
  code: 'ERR_FORK_UNSAFE',
  reasons,
  explained: true,
  message: expect.stringContaining('fork is not safe here: '),
  hasChild: false,
})

const isRefusedFor = (...reasons: string[]) => ({ check: reasons, fork: refusedFor(...reasons) })

test('with the flags there is no reason, and fork works', async () => {
  expect(await ask('plain')).toEqual({ check: [], fork: works })
})

test.each([
  ['no flags', []],
  ['one of them', ['--single-threaded']],
  ['the other one', ['--v8-pool-size=1']],
  ['another size', ['--single-threaded', '--v8-pool-size=2']],
])('flags: %s', async (_, nodeArgs) => {
  expect(await ask('plain', { nodeArgs })).toEqual(isRefusedFor('flags'))
})

test('each reason has a code, a message and a remedy', async () => {
  const [reason, ...others] = await ask('message', { nodeArgs: [] })
  expect(others).toEqual([])
  expect(reason.code).toBe('flags')
  expect(reason.message).toContain('--single-threaded --v8-pool-size=1')
  expect(reason.remedy).toContain('truefork run')
})

describe('worker', () => {
  test('alive, and already while it starts; gone after terminate()', async () => {
    const { starting, ...found } = await ask('worker')
    // Node announces it only in the next turn: until then it is taken for another thread.
    expect(starting).toEqual({ ...refusedFor(), reasons: [expect.any(String)] })
    expect(found).toEqual({ ...isRefusedFor('worker'), checkAfter: [], after: works })
  })

  test('one that has ended by itself is no reason', async () => {
    expect(await ask('workerThatEnds')).toEqual({ check: [], fork: works })
  })
})

test('busy-thread: one that never rests, and that nobody has announced', async () => {
  expect(await ask('busyThread')).toEqual({
    ...isRefusedFor('busy-thread'),
    checkAfter: [],
    after: works,
  })
})

test('a thread that comes to rest while one waits is no reason', async () => {
  expect(await ask('busyForAWhile')).toEqual({ before: [], fork: works })
})

describe('loader-hooks', () => {
  test('module.register()', async () => {
    expect(await ask('loaderHooks')).toEqual(isRefusedFor('loader-hooks'))
  })

  test('--loader', async () => {
    const loader = ['--no-warnings', '--loader', 'data:text/javascript,']
    const found = await ask('plain', { nodeArgs: [...launchFlags, ...loader] })
    expect(new Set(found.check)).toEqual(new Set(['loader-hooks']))
    expect(new Set(found.fork.reasons)).toEqual(new Set(['loader-hooks']))
  })

  test.runIf(nodeVersion >= 22)('registerHooks() is fine', async () => {
    expect(await ask('synchronousHooks')).toEqual({ check: [], fork: works })
  })
})

describe('inspector', () => {
  test('--inspect', async () => {
    const nodeArgs = [...launchFlags, '--inspect=127.0.0.1:0']
    expect(await ask('plain', { nodeArgs })).toEqual(isRefusedFor('inspector'))
  })

  test('inspector.open(); gone after close()', async () => {
    expect(await ask('inspectorOpened')).toEqual({
      ...isRefusedFor('inspector'),
      checkAfter: [],
      after: works,
    })
  })
})

describe('profiler', () => {
  test.each([
    ['--cpu-prof', (folder: string) => ['--cpu-prof', `--cpu-prof-dir=${folder}`]],
    ['--heap-prof', (folder: string) => ['--heap-prof', `--heap-prof-dir=${folder}`]],
    ['--prof', (folder: string) => ['--prof', `--logfile=${join(folder, 'v8.log')}`]],
  ])('%s', async (_, options) => {
    const folder = temporaryFolder()
    const nodeArgs = [...launchFlags, ...options(folder)]
    expect(await ask('plain', { nodeArgs, cwd: folder })).toEqual(isRefusedFor('profiler'))
  })

  test('a session that takes a profile; gone when it has stopped', async () => {
    expect(await ask('sessionProfiler')).toEqual({
      ...isRefusedFor('profiler'),
      checkAfter: [],
      after: works,
    })
  })
})

// Later versions of libuv use io_uring for no file, whatever the variable says.
test.runIf(nodeVersion === 20)('io-uring', async () => {
  const { threads, ...found } = await ask('ioUring', { env: { UV_USE_IO_URING: '1' } })
  expect(threads).toContain('iou-')
  expect(found).toEqual(isRefusedFor('io-uring'))
})

describe('requests', () => {
  test.each(['requestOfFiles', 'requestOfCrypto'])('%s: gone when awaited', async name => {
    expect(await ask(name)).toEqual({
      check: expect.arrayContaining(['requests']),
      fork: { ...refusedFor(), reasons: expect.arrayContaining(['requests']) },
      checkAfter: [],
      after: works,
    })
  })
})

test('output: nobody has read it yet; gone when it is written', async () => {
  const fixture = startFixture('fork/unsafe', ['output'], { unread: true })
  const said = async () => JSON.parse((await fixture.line(/.+/, { from: fixture.stderr }))[0])
  expect(await said()).toEqual(isRefusedFor('output'))
  fixture.readStdout()
  expect(await said()).toEqual({ check: [], fork: works })
  await fixture.ended()
  expect(fixture.stdout.rest.length).toBe(2 << 20) // once, not twice
})

test.runIf(canHideProc())('hidden-threads: /proc does not show them', async () => {
  expect(await ask('hiddenThreads', { under: ['unshare', '-m'] })).toEqual({
    ...isRefusedFor('hidden-threads'),
    visible: true,
    checkAfter: [],
    after: works,
  })
})

function canHideProc() {
  try {
    const command = 'mount -t tmpfs none /proc && umount /proc'
    execFileSync('unshare', ['-m', 'sh', '-c', command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
