import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FixtureOptions } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, startCommand, startServer } from '../support/server.ts'

async function refusal(args: (string | number)[], options: FixtureOptions = {}) {
  const program = startCommand(['serve', fixtureFile('echo.mjs'), ...args], options)
  const { code } = await program.ended()
  expect(program.relatives()).toEqual([])
  return { code, err: program.stderr.all }
}

test.each(['fork', 'sequential'])('a port in use, model %s', async model => {
  const other = await startServer('echo.mjs')
  expect(await refusal(['--port', other.port, '--model', model])).toEqual({
    code: 71,
    err: [`truefork: bind 127.0.0.1:${other.port}: Address already in use (EADDRINUSE)`],
  })
  expect(await (await other.client()).ask('unharmed')).toBe('unharmed')
})

const free = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
// Root without any capability: still the owner of these files, but not of the ports.
const weak = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']
const under = process.getuid!() === 0 ? weak : []

test.runIf(free > 81)('a port below 1024 without the right to it', async () => {
  expect(await refusal(['--port', 81], { under })).toEqual({
    code: 71,
    err: ['truefork: bind 127.0.0.1:81: Permission denied (EACCES)'],
  })
})

test('an address of another machine', async () => {
  expect(await refusal(['--host', '192.0.2.1', '--port', 0, '--allow-root'])).toEqual({
    code: 71,
    err: ['truefork: bind 192.0.2.1:0: Cannot assign requested address (EADDRNOTAVAIL)'],
  })
})

test('a host that nobody knows', async () => {
  const { code, err } = await refusal(['--host', 'nowhere.invalid', '--port', 0])
  expect({ code, err }).toEqual({ code: 71, err: [expect.stringMatching(/nowhere\.invalid/)] })
})

test('a log file that cannot be opened', async () => {
  const file = join(temporaryFolder(), 'nowhere', 'server.log')
  expect(await refusal(['--log-file', file, '--port', 0])).toEqual({
    code: 71,
    err: [`truefork: open ${file}: No such file or directory (ENOENT)`],
  })
})
