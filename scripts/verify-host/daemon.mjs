// What the daemon process does beside serving. Each check answers a detail for the report, or throws
// what went wrong.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from './client.mjs'
import { expect, isAlive, NotChecked, processes, serve, until } from './server.mjs'
import { serveTwenty } from './serving.mjs'

export async function reload(folder) {
  const file = join(folder, 'reload.toml')
  const write = word => writeFileSync(file, `[handler]\nword = "${word}"\n`)
  write('before')
  const server = await serve(['--config', file])
  const old = await Client.of(server)
  expect((await old.ask('word')) === 'before', 'the configuration is not read')
  write('after')
  server.signal('SIGHUP')
  await server.log(/ reloaded/)
  const fresh = await Client.of(server)
  expect((await fresh.ask('word')) === 'after', 'the configuration is not reread')
  expect((await old.ask('word')) === 'before', 'a connection was touched')
  writeFileSync(file, 'word = \n')
  server.signal('SIGHUP')
  await server.log(/ reload-failed/)
  expect((await (await Client.of(server)).ask('word')) === 'after', 'the old settings are lost')
}

export async function status() {
  const server = await serve([])
  server.signal('SIGUSR1')
  return (await server.log(/ (status .*)/))[1]
}

export async function upgrade() {
  const server = await serve([])
  const old = await Client.of(server)
  await old.ask('who')
  server.signal('SIGUSR2')
  const [, pid] = await server.log(/ upgraded .*?child=(\d+)/)
  server.pids.push(Number(pid))
  const fresh = await Client.of(server)
  const [, parent] = (await fresh.ask('who')).split(' ')
  expect(Number(parent) !== server.pid, 'the old daemon process still serves')
  expect((await old.ask('still there')) === 'still there', 'an old client was dropped')
  await old.end()
  expect((await server.ended()) === 0, 'the old daemon process did not retire with 0')
  process.kill(Number(parent), 'SIGTERM')
}

export async function background(folder) {
  const pidFile = join(folder, 'background.pid')
  const log = join(folder, 'background.log')
  const files = ['--pid-file', pidFile, '--log-file', log]
  const server = await serve(['--daemon', ...files])
  expect((await server.ended()) === 0, 'the top process did not end with 0')
  expect(readFileSync(pidFile, 'utf8').trim() === String(server.pid), 'the pid file tells another')
  await serveTwenty(server)
  process.kill(server.pid, 'SIGTERM')
  await until(() => !isAlive(server.pid), 'the end of the daemon process')
  expect(!existsSync(pidFile), 'the pid file was left behind')
}

export async function daemonDeath() {
  const server = await serve(['--on-daemon-death', 'terminate'])
  const client = await Client.of(server)
  const [pid] = (await client.ask('who')).split(' ')
  process.kill(server.pid, 'SIGKILL')
  await until(() => !isAlive(Number(pid)), 'the end of the server process')
}

export async function title() {
  const server = await serve([])
  const shown = processes().find(({ pid }) => pid === server.pid)?.args
  expect(shown?.includes('truefork: daemon'), `ps shows: ${shown}`)
}

export async function privileges() {
  if (process.geteuid() !== 0) throw new NotChecked('only root can give privileges up')
  const server = await serve(['--user', 'nobody'])
  const [real, effective] = (await (await Client.of(server)).ask('ids')).split(' ')
  expect(real !== '0' && effective === real, `it serves as ${real}, ${effective}`)
  return `uid ${real}`
}
