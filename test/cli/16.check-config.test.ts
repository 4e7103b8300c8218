import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, runCommand } from '../support/server.ts'

const talk = fixtureFile('talk.mjs')

function configured(text: string): string {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, text)
  return file
}

async function check(...args: (string | number)[]) {
  return runCommand(['serve', talk, '--check-config', ...args])
}

/** What is printed of an option, and what of its source. */
function said(out: string[], name: string): string[] {
  const lines = out.filter(line => line.startsWith(`${name} =`) || line.startsWith(`# ${name} =`))
  return lines.flatMap(line => line.split(/ {2,}# /))
}

test('every setting, and whether it comes from command line, file or nowhere', async () => {
  const file = configured('port = 7070\ngrace = 3\naccess = [\n "deny all",\n]\nmax-children = 9\n')
  const { code, out, err } = await check('--config', file, '--grace', 5)
  expect({ code, err }).toEqual({ code: 0, err: [] })
  expect(said(out, 'grace')).toEqual(['grace = 5', 'command line'])
  expect(said(out, 'port')).toEqual(['port = 7070', `${file}:1`])
  expect(said(out, 'max-children')).toEqual(['max-children = 9', `${file}:6`])
  expect(said(out, 'access')).toEqual(['access = [ "deny all" ]', `${file}:3`])
  expect(said(out, 'backlog')).toEqual(['backlog = 511', 'default'])
  expect(said(out, 'pid-file')).toEqual(['# pid-file =', 'not set'])
  expect(said(out, 'config')).toEqual([`# config = "${file}"`, 'command line'])
})

test('what it prints is a configuration file that says the same', async () => {
  const text =
    'refuse-message = "busy\\r\\n"\nlisten = ["[::1]:0"]\n[handler]\nwords = ["a", "b"]\n'
  const first = await check('--config', configured(text), '--max-rate', '10/60', '--nodelay')
  const again = await check('--config', configured(first.out.join('\n')))
  const withoutSources = (out: string[]) => out.map(line => line.replace(/ *# .*/, ''))
  expect(again).toMatchObject({ code: 0, err: [] })
  expect(withoutSources(again.out)).toEqual(withoutSources(first.out))
  expect(again.out.slice(-3)).toEqual(['[handler]', 'words = [ "a", "b" ]', ''])
})

test('host and port have no effect beside listen', async () => {
  const { out } = await check('--listen', '127.0.0.1:0', '--listen', '[::1]:0')
  expect(said(out, 'listen')[0]).toBe('listen = [ "127.0.0.1:0", "[::1]:0" ]')
  expect([...said(out, 'host'), ...said(out, 'port')]).toEqual([])
})

test.each([
  ['a wrong option', ['--grace', 'x'], 64, '--grace: expected seconds'],
  ['an unknown user', ['--user', 'nobody-here'], 64, "user: this system has no user 'nobody-here'"],
  ['no file', ['--config', '/nowhere/x.toml'], 78, '/nowhere/x.toml: ENOENT'],
  ['options that clash', ['--listen', '[::1]:0', '--port', '1'], 64, '--listen: not together with'],
])('%s: the status of serve, and nothing is printed', async (_, args, code, message) => {
  const { err, ...ending } = await check(...args)
  expect(ending).toMatchObject({ code, out: [] })
  expect(err).toEqual([expect.stringContaining(message)])
})

test('a wrong file', async () => {
  const file = configured('grace = 5\nport = "http"\n')
  const { code, out, err } = await check('--config', file)
  expect({ code, out }).toEqual({ code: 78, out: [] })
  expect(err).toEqual([expect.stringContaining(`${file}:2: port: expected a whole number`)])
})

test('a handler that does not fit', async () => {
  const args = ['serve', fixtureFile('asyncFunction.mjs'), '--check-config']
  expect((await runCommand([...args, '--model', 'sequential'])).code).toBe(64)
  expect((await runCommand([...args])).code).toBe(0)
  expect((await runCommand(['serve', '/nowhere/x.mjs', '--check-config'])).code).toBe(66)
})
