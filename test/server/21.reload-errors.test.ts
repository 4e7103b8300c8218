import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startServer } from '../support/server.ts'

const good = '# the settings of this test\nmax-children = 1\n\n[handler]\ngreeting = "good"\n'

async function startGood() {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, good)
  return { file, server: await startServer('talk.mjs', ['--config', file]) }
}

test.each([
  ['a syntax error', 'grace = 5\nmax-children = \n', ':2:', 'invalid value'],
  [
    'a wrong value',
    '# comment\n\nmax-children = "many"\n',
    ':3: ',
    "max-children: expected a whole number from 1 to 1000000, got 'many'",
  ],
  ['an unknown key', 'grace = 5\nmax-childs = 3\n', ':2: ', 'max-childs: no such option'],
  ['an unknown table', 'grace = 5\n\n[limits]\ngrace = 3\n', ':3: ', 'limits: no such option'],
  ['a handler that is no table', 'handler = 3\n', ':1: ', 'handler: expected a table'],
  ['a file that names another', 'config = "x"\n', ':1: ', 'config: a configuration file cannot'],
])('%s is reported with its line, and the old settings stay', async (_, text, place, reason) => {
  const { server, file } = await startGood()
  const first = await server.served()

  writeFileSync(file, text.replace('max-children = 1', 'max-children = 9'))
  server.signal('SIGHUP')
  const line = await server.log(/^truefork: reload-failed /)
  expect(line).toContain(`file=${file} reason="${file}${place}`)
  expect(line).toContain(reason)

  expect(await first.ask('unharmed')).toBe('unharmed')
  await first.finish()
  const second = await server.served()
  expect(JSON.parse(await second.ask('settings'))).toEqual({ greeting: 'good' })
})

test('all or nothing: what is right in a bad file is not applied', async () => {
  const { server, file } = await startGood()
  await server.served()
  writeFileSync(file, 'max-children = 5\ngrace = -1\n')
  server.signal('SIGHUP')
  await server.log(
    /^truefork: reload-failed .*:2: grace: expected seconds, from 0 to 86400, got -1/,
  )
  const second = await server.client()
  second.send('who')
  server.signal('SIGUSR1')
  await server.log(/^truefork: status children=1 accepted=1 /)
})

test('a file that is gone, and is there again', async () => {
  const { server, file } = await startGood()
  rmSync(file)
  server.signal('SIGHUP')
  expect(await server.log(/^truefork: reload-failed /)).toMatch(/no such file/i)
  writeFileSync(file, good)
  server.signal('SIGHUP')
  await server.log(/^truefork: reloaded .* changed=none needs-upgrade=none$/)
})

test('SIGHUP without --config is reported, and the server goes on', async () => {
  const server = await startServer('talk.mjs')
  server.signal('SIGHUP')
  await server.log(
    /^truefork: reload-failed reason="the server was started without a configuration file"$/,
  )
  expect(await (await server.client()).ask('still here')).toBe('still here')
})
