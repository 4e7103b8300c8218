import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, runCommand } from '../support/server.ts'

const names =
  'leak-accepted keep-top no-reap reap-once no-eintr no-exit stdio-twice sigpipe short-write no-reuseaddr serve-in-parent race-signal'

test('list explains each mistake, without a handler', async () => {
  const { code, out } = await runCommand(['serve', '--break', 'list'])
  expect(code).toBe(0)
  expect(out.filter(line => /^[a-z]/.test(line))).toEqual(names.split(' '))
  expect(out.filter(line => line.startsWith('  see:')).length).toBe(names.split(' ').length)
  expect(out.join('\n')).not.toMatch(/[{}]host|{p(ort|id)}/)
})

test('another name is refused, with those that there are', async () => {
  const { code, err } = await runCommand(['serve', fixtureFile('talk.mjs'), '--break', 'all'])
  expect(code).toBe(64)
  expect(err.join()).toContain('expected one of list, leak-accepted')
  expect(err.join()).toContain("got 'all'")
})

test.each([['--model', 'sequential'], ['--model', 'prefork'], ['--daemon']])(
  'only in the foreground and with the model fork: not with %s %s',
  async (...args) => {
    const file = fixtureFile('talk.mjs')
    const { code, err } = await runCommand(['serve', file, '--break', 'no-reap', ...args])
    expect(code).toBe(64)
    expect(err.join()).toContain(args.join(' '))
  },
)

test('no configuration file can ask for it', async () => {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'break = "no-reap"\n')
  const { code } = await runCommand(['serve', fixtureFile('talk.mjs'), '--config', file])
  expect(code).toBe(78)
})
