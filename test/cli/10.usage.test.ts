import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fixtureFile, runCommand } from '../support/server.ts'

const echo = fixtureFile('echo.mjs')

test.each([
  ['an unknown option', ['serve', echo, '--prot', 1], "unknown option '--prot'"],
  ['an unknown command', ['srve', echo], "unknown command 'srve'"],
  ['no handler', ['serve'], "missing required argument 'handler'"],
  ['no file to run', ['run'], "missing required argument 'file'"],
  ['one argument too many', ['serve', echo, 'more'], "too many arguments for 'serve'"],
  ['no value', ['serve', echo, '--port'], "option '--port <NUMBER>' argument missing"],
  [
    'a port that is no number',
    ['serve', echo, '--port', 'abc'],
    "--port: expected a whole number from 0 to 65535, got 'abc'",
  ],
  [
    'a port that is too high',
    ['serve', echo, '--port', 65536],
    '--port: expected a whole number from 0 to 65535, got 65536',
  ],
  ['half a port', ['serve', echo, '--port', '80.5'], '--port: expected a whole number'],
  [
    'an empty port',
    ['serve', echo, '--port', ''],
    "--port: expected a whole number from 0 to 65535, got ''",
  ],
  [
    'a negative number',
    ['serve', echo, '--max-children=-1'],
    "--max-children: expected a whole number from 1 to 1000000, got '-1'",
  ],
  [
    'no children at all',
    ['serve', echo, '--max-children', 0],
    '--max-children: expected a whole number from 1',
  ],
  [
    'a grace that is no time',
    ['serve', echo, '--grace', 'long'],
    "--grace: expected seconds, from 0 to 86400, got 'long'",
  ],
  [
    'an overload that is no way',
    ['serve', echo, '--overload', 'drop'],
    "--overload: expected wait or refuse, got 'drop'",
  ],
  [
    'a limit of none',
    ['serve', echo, '--max-per-source', 0],
    '--max-per-source: expected a whole number from 1 to 1000000, got 0',
  ],
  [
    'a rate without a time',
    ['serve', echo, '--max-rate', 10],
    "--max-rate: expected clients in seconds, as 10/60, got '10'",
  ],
  [
    'a prefix that is too long',
    ['serve', echo, '--source-prefix4', 33],
    '--source-prefix4: expected a whole number from 0 to 32, got 33',
  ],
  [
    'a prefix of IPv6 that is too long',
    ['serve', echo, '--source-prefix6', 129],
    '--source-prefix6: expected a whole number from 0 to 128, got 129',
  ],
  [
    'an escape that stands for nothing',
    ['serve', echo, '--refuse-message', 'no\\q'],
    "--refuse-message: '\\q' stands for nothing; what does is \\n \\r \\t \\\\ \\uXXXX",
  ],
  [
    'a message that is too long',
    ['serve', echo, '--refuse-message', '\u20ac'.repeat(342)],
    '--refuse-message: expected text of 1 to 1024 bytes, got ',
  ],
  [
    'a rule that is none, behind one that is',
    ['serve', echo, '--access', 'allow all', '--access', 'permit all'],
    '--access: \'permit all\': expected "allow" or "deny", then a network, ',
  ],
  [
    'a rule with too long a prefix',
    ['serve', echo, '--access', 'allow 10.0.0.0/33'],
    "--access: 'allow 10.0.0.0/33': expected a prefix from 0 to 32, got '33'",
  ],
  [
    'a penalty for success',
    ['serve', echo, '--penalize', '7=5 0=5'],
    "--penalize: '7=5 0=5': expected STATUS=SECONDS: a status from 1 to 255 or the name of a signal",
  ],
  [
    'a penalty that never ends',
    ['serve', echo, '--penalty-max', 100_000],
    '--penalty-max: expected seconds, from 1 to 86400, got 100000',
  ],
  [
    'an exemption that is no network',
    ['serve', echo, '--penalty-exempt', 'localhost'],
    "--penalty-exempt: 'localhost': expected an address, as 192.0.2.1 or 2001:db8::1, or a network",
  ],
  ['an unknown model', ['serve', echo, '--model', 'threads'], '--model: expected'],
  [
    'an unknown log format',
    ['serve', echo, '--log', 'xml'],
    "--log: expected text, json or none, got 'xml'",
  ],
  [
    'an unknown log level',
    ['serve', echo, '--log-level', 'loud'],
    '--log-level: expected error, info or debug',
  ],
])('%s: one line on stderr and status 64', async (_, args, message) => {
  const { code, err, out } = await runCommand(args)
  expect({ code, out }).toEqual({ code: 64, out: [] })
  expect(err).toHaveLength(1)
  expect(err[0]).toContain(`truefork: ${message}`)
})

test('without a command, the help on stderr and status 64', async () => {
  const { code, err, out } = await runCommand([])
  expect({ code, out }).toEqual({ code: 64, out: [] })
  expect(err[0]).toBe('Usage: truefork [options] [command]')
})

test('--version prints that of the package', async () => {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8'))
  expect(await runCommand(['--version'])).toMatchObject({ code: 0, out: [version], err: [] })
})

test('--help names every command', async () => {
  const { code, out, err } = await runCommand(['--help'])
  expect({ code, err }).toEqual({ code: 0, err: [] })
  for (const command of ['serve', 'run', 'exec', 'check', 'explain']) {
    expect(out).toContainEqual(expect.stringMatching(new RegExp(`^ +${command} `)))
  }
})

test.each(['serve', 'run', 'exec', 'check', 'explain'])('%s --help', async command => {
  const { code, out, err } = await runCommand([command, '--help'])
  expect({ code, err }).toEqual({ code: 0, err: [] })
  expect(out[0]).toContain(`truefork ${command}`)
})

test('serve --help shows every option with its default', async () => {
  const text = (await runCommand(['serve', '--help'])).out.join(' ').replace(/\s+/g, ' ')
  const options = {
    host: '127.0.0.1',
    port: 7777,
    model: 'fork',
    'max-children': 256,
    overload: 'wait',
    'source-prefix4': 32,
    'source-prefix6': 64,
    'penalty-max': 600,
    grace: 30,
    backlog: 511,
    log: 'text',
    'log-level': 'info',
  }
  for (const [name, preset] of Object.entries(options)) {
    expect(text).toMatch(new RegExp(`--${name} <[A-Z]+> [^<]*\\(default: ${preset}\\)`))
  }
  for (const name of ['listen', 'config', 'daemon', 'pid-file', 'log-file', 'metrics'])
    expect(text).toContain(` --${name} `)
})
