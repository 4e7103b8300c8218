// truefork(1): what mandoc says of it, and whether it tells of the same command as --help.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitStatus } from '../../src/cli/exitStatus.ts'
import { runCommand } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const file = join(root, 'man/truefork.1')
const page = readFileSync(file, 'utf8')
const commands = [
  'serve',
  'run',
  'exec',
  'check',
  'explain',
  'timeline',
  'top',
  'grade',
  'completion',
]

const hasMandoc = spawnSync('mandoc', ['-Tlint', file], { stdio: 'ignore' }).error === undefined
// Where the system has no manual, mandoc misses those of the system calls, too.
const hasManuals = existsSync('/usr/share/man/man2')

/** The lines between that heading and the next. */
const section = (heading: string) =>
  new RegExp(`^\\.Sh ${heading}\\n([\\s\\S]*?)(?=^\\.Sh |(?![\\s\\S]))`, 'm').exec(page)?.[1] ?? ''

const optionsIn = (text: string) =>
  [...text.matchAll(/^\.It .*?Fl -([a-z\d-]+)/gm)].map(([, name]) => name!)

const helpOf = async (command: string) =>
  (await runCommand([command, '--help'])).out
    .map(line => /^ {2}(?:-\w, )?--([a-z\d-]+)/.exec(line)?.[1])
    .filter(name => name !== undefined)

test.runIf(hasMandoc)('mandoc -Tlint has nothing to say', () => {
  const { stdout, status } = spawnSync('mandoc', ['-Tlint', file], { encoding: 'utf8' })
  const said = stdout.split('\n').filter(line => hasManuals || !/manual not found/.test(line))
  expect(said).toEqual([''])
  if (hasManuals) expect(status).toBe(0)
})

test.runIf(hasMandoc)('mandoc shows it', () => {
  const { stdout } = spawnSync('mandoc', ['-Tascii', '-Owidth=100', file], { encoding: 'utf8' })
  const shown = stdout.replace(/.[\b]/g, '')
  expect(shown).toContain('truefork - concurrent servers that fork')
  expect(shown).toContain('--max-children NUMBER\n')
  expect(shown).toContain('\\n \\r \\t \\\\ and')
})

describe('it has the options of --help, and no others', () => {
  test.each(commands.filter(name => !['exec', 'check'].includes(name)))('%s', async command => {
    const told = optionsIn(section(`OPTIONS OF ${command.toUpperCase()}`))
    expect(told).toEqual(await helpOf(command))
  })

  test('exec, by what is different from serve', async () => {
    const text = section('OPTIONS OF EXEC')
    const without = [...text.matchAll(/^\.Fl -([a-z-]+)/gm)].map(([, name]) => name!)
    const left = (await helpOf('serve')).filter(name => !without.includes(name))
    expect([...left, ...optionsIn(text)].sort()).toEqual((await helpOf('exec')).sort())
  })
})

test('it has the commands of --help', async () => {
  const { out } = await runCommand(['--help'])
  const lines = out.slice(out.indexOf('Commands:') + 1)
  const named = lines.map(line => /^ {2}([a-z]+) /.exec(line)?.[1]).filter(Boolean)
  expect(named).toEqual(commands)
  expect([...page.matchAll(/^\.It Cm ([a-z]+)/gm)].map(([, name]) => name)).toEqual(commands)
})

test('it has every exit status', () => {
  const told = [...section('EXIT STATUS').matchAll(/^\.It (\d+)/gm)].map(([, number]) => number)
  const { no, ...others } = exitStatus
  expect(told.map(Number)).toEqual(Object.values(others))
  expect(section('EXIT STATUS')).toContain(`and ${no} is no`)
})

test('it is what `npm run docs` makes, and docs/reference, too', () => {
  const script = join(root, 'scripts/docs.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('npm installs it', () => {
  const { man, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  // npm links the pages of an array, and not one that stands alone.
  expect(man).toEqual(['man/truefork.1'])
  expect(files).toContain('man')
})
