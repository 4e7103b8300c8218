// A short run of the server under valgrind, which finds what reads or writes memory that is not its own,
// and decisions from memory that nobody has set:
//   npm run test:valgrind
//
// The models fork and prefork: clients, SIGHUP, clients again, SIGTERM. An error with the native part in
// its stack, in whichever process, is a failure. Before that, mistakes made on purpose must be found.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotRun } from './instruments/compile.mjs'
import { checkInstrument, faulty } from './instruments/selfCheck.mjs'
import {
  compileForValgrind,
  errorsIn,
  nodeFlags,
  requireValgrind,
  valgrindOptions,
} from './instruments/valgrind.mjs'
import { Client } from './verify-host/client.mjs'
import { command, expect, serve, setDeadline, setLaunch, stopAll } from './verify-host/server.mjs'

/** A log for each process: that of the daemon process, and of more than one server process a model. */
const leastLogs = 12
/** Everything takes some forty times as long, and longer where others work, too. */
const deadlineMs = 600_000

function selfCheck() {
  const folder = compileForValgrind('valgrind-faulty', faulty)
  const instrument = reports => ({
    command: ['valgrind'],
    env: { ...process.env, VALGRIND_OPTS: valgrindOptions(reports) },
  })
  checkInstrument(folder, instrument, errorsIn, {
    readBehind: /Invalid read of size 1.*ReadBehind/s,
    readFreed: /Invalid read of size 1.*ReadFreed/s,
  })
}

async function talk(server, word) {
  const clients = []
  for (let i = 0; i < 3; i++) clients.push(await Client.of(server))
  const pids = await Promise.all(clients.map(client => client.ask('who')))
  expect(new Set(pids).size === clients.length, `each client has its process: ${pids}`)
  for (const client of clients) {
    expect((await client.ask('word')) === word, `the configuration says ${word}`)
    await client.end()
  }
}

async function shortRun(model, folder) {
  const file = join(folder, `${model}.toml`)
  const write = word => writeFileSync(file, `[handler]\nword = "${word}"\n`)
  write('before')
  const spares = model === 'prefork' ? ['--spare', '1:3'] : []
  const server = await serve(['--allow-root', '--config', file, '--model', model, ...spares])
  await talk(server, 'before')
  write('after')
  server.signal('SIGHUP')
  await server.log(/ reloaded/)
  await talk(server, 'after')
  server.signal('SIGTERM')
  expect((await server.ended()) === 0, `it ended with ${server.child.exitCode}:\n${server.stderr}`)
  console.log(`${model}: six clients, SIGHUP, SIGTERM`)
}

const reports = mkdtempSync(join(tmpdir(), 'truefork-valgrind-'))
const folder = mkdtempSync(join(tmpdir(), 'truefork-valgrind-'))
try {
  requireValgrind()
  selfCheck()
  console.log('mistakes made on purpose are found')
  process.env.TRUEFORK_PREBUILD = compileForValgrind('valgrind')
  setDeadline(deadlineMs)
  process.env.VALGRIND_OPTS = valgrindOptions(reports)
  setLaunch(['valgrind', process.execPath, ...nodeFlags, command])
  for (const model of ['fork', 'prefork']) await shortRun(model, folder)
  const followed = readdirSync(reports).length
  expect(followed >= leastLogs, `only ${followed} processes were looked at`)
  console.log(`${followed} processes were looked at`)
} catch (error) {
  console.error(`truefork: ${error.message}`)
  process.exitCode = error instanceof CannotRun ? 69 : 1
} finally {
  await stopAll()
  const errors = errorsIn(reports)
  for (const error of errors) console.log(`\n${error}`)
  console.log(`${errors.length} errors in the native part`)
  if (errors.length > 0) process.exitCode ||= 1
  for (const each of [reports, folder]) rmSync(each, { recursive: true })
}
