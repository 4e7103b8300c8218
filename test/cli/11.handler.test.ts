import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startCommand, startServer } from '../support/server.ts'

/** Starts a server with a handler of this text. It must refuse, in one line, and leave nothing. */
async function refusal(name: string, text?: string) {
  const file = join(temporaryFolder(), name)
  if (text !== undefined) writeFileSync(file, text)
  const program = startCommand(['serve', file, '--port', 0])
  const { code } = await program.ended()
  expect(program.relatives()).toEqual([])
  expect(program.stdout.all).toEqual([])
  expect({ code, err: program.stderr.all }).toEqual({ code: 66, err: [expect.any(String)] })
  const start = `truefork: cannot load the handler ${file}: `
  const line = program.stderr.all[0]!
  expect(line.startsWith(start)).toBe(true)
  return { file, reason: line.slice(start.length) }
}

test('a file that is not there', async () => {
  expect((await refusal('handler.mjs')).reason).toBe('no such file')
})

test('a file of another kind', async () => {
  const { reason } = await refusal('handler.txt', 'export default () => {}\n')
  expect(reason).toBe('expected one of .ts .mts .cts .js .mjs .cjs')
})

test.each(['.mjs', '.ts'])('%s: no default export', async ending => {
  const { reason } = await refusal(`handler${ending}`, 'export const handler = () => {}\n')
  expect(reason).toContain('it has no default export that is a function')
})

test('a default export that is no function', async () => {
  const { reason } = await refusal('handler.mjs', 'export default { serve() {} }\n')
  expect(reason).toContain('it has no default export that is a function')
})

test.each([
  ['.mjs', 'export default connection => {\n  connection.write(\n}\n', 3],
  ['.cjs', 'module.exports = connection => {\n  connection.write(\n}\n', 3],
  ['.ts', 'export default (connection: any): void => {\n  connection.write(\n}\n', 3],
])('%s: a syntax error, with its line', async (ending, text, line) => {
  const { file, reason } = await refusal(`handler${ending}`, text)
  expect(reason).toContain(`${file}:${line}`)
})

test.each(['.mjs', '.ts'])('%s: what it throws when it is loaded', async ending => {
  const { reason } = await refusal(`handler${ending}`, 'throw new RangeError("no\\ntable")\n')
  expect(reason).toBe('RangeError: no table')
})

test('what it throws need not be an error', async () => {
  expect((await refusal('handler.mjs', 'throw "in its way"\n')).reason).toBe('in its way')
})

test('an import of what is not there', async () => {
  const { reason } = await refusal('handler.mjs', 'import "./nowhere.mjs"\n')
  expect(reason).toMatch(/nowhere\.mjs/)
})

test('a top-level await that never ends', async () => {
  const text = 'await new Promise(() => {})\nexport default () => {}\n'
  expect((await refusal('handler.mjs', text)).reason).toBe('its top-level await never ends')
})

test('a folder', async () => {
  const file = join(temporaryFolder(), 'handler.mjs')
  mkdirSync(file)
  const program = startCommand(['serve', file, '--port', 0])
  expect((await program.ended()).code).toBe(66)
  expect(program.stderr.all).toHaveLength(1)
})

test.each([
  ['.mjs', 'export default'],
  ['.mts', 'export default'],
  ['.cts', 'module.exports ='],
  ['.cjs', 'module.exports ='],
  ['.js', 'exports.__esModule = true; exports.default ='],
])('a handler in a %s file', async (ending, start) => {
  const file = join(temporaryFolder(), `handler${ending}`)
  writeFileSync(file, `${start} connection => connection.write('hello\\n')\n`)
  const server = await startServer(file)
  expect(await (await server.client()).line()).toBe('hello')
})
