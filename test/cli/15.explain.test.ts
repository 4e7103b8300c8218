import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { runCommand } from '../support/server.ts'

function configured(text: string): string {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, text)
  return file
}

const rules = ['--access', 'allow 10.0.0.0/8', '--access', 'deny 2001:db8::/32']

test.each([
  ['10.1.2.3', 0, 'let in by rule 1: allow 10.0.0.0/8'],
  ['::ffff:10.1.2.3', 0, 'let in by rule 1: allow 10.0.0.0/8'],
  ['2001:db8::1', 1, 'refused by rule 2: deny 2001:db8::/32'],
  ['192.0.2.1', 1, 'refused: no rule matches, and there is one that allows'],
])('%s: %i', async (address, code, answer) => {
  expect(await runCommand(['explain', address, ...rules])).toMatchObject({
    code,
    out: [`${address} is ${answer}`],
    err: [],
  })
})

test('the rules of a file, which those of the command line replace', async () => {
  const file = configured('access = ["deny 10.0.0.0/8"]\nmax-per-source = 3\n')
  const args = ['explain', '10.1.2.3', '--config', file]
  expect(await runCommand(args)).toMatchObject({
    code: 1,
    out: ['10.1.2.3 is refused by rule 1: deny 10.0.0.0/8'],
  })
  expect(await runCommand([...args, '--access', 'allow all'])).toMatchObject({
    code: 0,
    out: ['10.1.2.3 is let in by rule 1: allow all'],
  })
  expect(await runCommand(['explain', '192.0.2.1', '--config', file])).toMatchObject({
    code: 0,
    out: ['192.0.2.1 is let in: no rule matches'],
  })
})

test('without rules everybody is let in', async () => {
  expect(await runCommand(['explain', '192.0.2.1'])).toMatchObject({
    code: 0,
    out: ['192.0.2.1 is let in: there are no rules'],
  })
})

test.each([
  ['no address', ['explain'], 64, "missing required argument 'address'"],
  ['a name', ['explain', 'localhost'], 64, 'expected a numeric address, as 192.0.2.1 or 2001:db8'],
  ['a bad rule', ['explain', '::1', '--access', 'x'], 64, '--access: \'x\': expected "allow" or '],
  ['no file', ['explain', '::1', '--config', '/nowhere/x.toml'], 78, '/nowhere/x.toml: ENOENT'],
])('%s', async (_, args, code, message) => {
  const { err, ...ending } = await runCommand(args)
  expect(ending).toMatchObject({ code, out: [] })
  expect(err).toEqual([expect.stringContaining(`truefork: ${message}`)])
})

test('a bad rule in the file', async () => {
  const file = configured('access = ["deny all"]\n\naccess-rule = 3\n')
  const { code, err } = await runCommand(['explain', '::1', '--config', file])
  expect({ code, err }).toEqual({
    code: 78,
    err: [expect.stringContaining(`${file}:3: access-rule: no such option`)],
  })
})
