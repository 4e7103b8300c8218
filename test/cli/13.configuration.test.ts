import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, portOf, startCommand } from '../support/server.ts'
import { until } from '../support/until.ts'

async function refusal(text?: string) {
  const file = join(temporaryFolder(), 'server.toml')
  if (text !== undefined) writeFileSync(file, text)
  const program = startCommand(['serve', fixtureFile('echo.mjs'), '--port', 0, '--config', file])
  const { code } = await program.ended()
  expect({ code, err: program.stderr.all }).toEqual({ code: 78, err: [expect.any(String)] })
  expect(program.relatives()).toEqual([])
  const line = program.stderr.all[0]!
  expect(line.startsWith(`truefork: ${file}:`)).toBe(true)
  return line.slice(`truefork: ${file}:`.length)
}

test('a file that is not there', async () => {
  expect(await refusal()).toMatch(/no such file/i)
})

test('a syntax error', async () => {
  expect(await refusal('grace = 3\nport = = 3\n')).toMatch(/^2:\d+: /)
})

test('a value of the wrong type, of an option given on the command line', async () => {
  expect(await refusal('port = "80"\n')).toBe(
    "1: port: expected a whole number from 0 to 65535, got '80'",
  )
})

test.each([
  ['overload = "drop"', "overload: expected wait or refuse, got 'drop'"],
  ['max-per-source = "5"', 'max-per-source: expected a whole number from 1 to 1000000'],
  ['max-rate = 10', 'max-rate: expected clients in seconds, as 10/60, got 10'],
  ['refuse-message = ""', "refuse-message: expected text of 1 to 1024 bytes, got ''"],
  ['access = 3', 'access: expected a list of rules, as ["allow 10.0.0.0/8", "deny all"], got 3'],
  ['access = "deny none"', "access: 'deny none': expected an address, as 192.0.2.1 or"],
  ['access = ["deny all", 3]', 'access: expected a list of rules'],
  ['access = ["deny all", "deny"]', 'access: \'deny\': expected "allow" or "deny", then a network'],
  ['penalize = ["x=1"]', "penalize: 'x=1': expected STATUS=SECONDS: a status from 1 to 255 or the"],
  [
    'penalty-exempt = ["10.1.0.0/8"]',
    "penalty-exempt: '10.1.0.0/8': expected the start of a network, 10.0.0.0/8, or the address",
  ],
])('%s', async (line, message) => {
  expect(await refusal(`grace = 3\n${line}\n`)).toContain(`2: ${message}`)
})

test('an option under its other name', async () => {
  expect(await refusal('\n\nmaxChildren = 3\n')).toMatch(
    /^3: maxChildren: no such option; .*max-children/,
  )
})

test('a file that is right: every option may stand in it', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'server.toml')
  const log = join(folder, 'server.log')
  writeFileSync(
    file,
    `host = "127.0.0.2"
port = 0
model = "fork"
max-children = 5
overload = "refuse"
max-per-source = 5
max-rate = "5/60"
source-prefix4 = 24
source-prefix6 = 48
refuse-message = "no\\n"
access = ["allow 127.0.0.0/8", "deny all"]
penalize = ["SIGSEGV=90", "1=5 2=10"]
penalty-max = 900
penalty-exempt = ["10.0.0.0/8", "::1"]
grace = 2.5
backlog = 20
allow-root = true
idle-timeout = 60
lifetime = 3600
limit = ["core=0", "nofile=64"]
nice = 1
umask = "027"
keepalive = true
nodelay = true
hub = true
hub-history = 50
daemon = false
log = "text"
log-level = "debug"
log-file = "${log}"
pid-file = "${log}.pid"
metrics = "${log}.prom"

[handler]
greeting = "hello"
`,
  )
  const server = startCommand(['serve', fixtureFile('talk.mjs'), '--config', file])
  server.port = await until(() => portOf(server.pid))
  const client = await server.client('127.0.0.2')
  expect(await client.ask('settings')).toBe('{"greeting":"hello"}')
  await client.finish()
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
  const text = readFileSync(log, 'utf8')
  expect(text).toMatch(/^truefork: listening on 127\.0\.0\.2:\d+ /)
  expect(text).toMatch(/^truefork: forked /m)
  expect(text).toMatch(/^truefork: draining .* grace=2\.5$/m)
  expect(server.stderr.all).toEqual([])
})
