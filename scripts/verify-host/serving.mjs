// Clients and the processes that serve them. Each check answers a detail for the report, or throws
// what went wrong.
import { join } from 'node:path'
import { Client } from './client.mjs'
import {
  childrenOf,
  expect,
  isAlive,
  listening,
  NotChecked,
  Started,
  serve,
  until,
} from './server.mjs'

const clients = 20

/** Twenty clients at once, each with a process of its own; afterwards no process, and no zombie. */
export async function serveTwenty(server) {
  const all = await Promise.all(Array.from({ length: clients }, () => Client.of(server)))
  const pids = await Promise.all(all.map(async client => (await client.ask('who')).split(' ')[0]))
  expect(new Set(pids).size === clients, `${new Set(pids).size} processes for ${clients} clients`)
  await Promise.all(all.map(client => client.end()))
  return pids.map(Number)
}

const noneLeft = async server => {
  await until(() => childrenOf(server.pid).length === 0, 'no server process and no zombie left')
}

async function terminate(server) {
  server.signal('SIGTERM')
  const status = await server.ended()
  expect(status === 0, `after SIGTERM it ended with ${status}:\n${server.stderr}`)
}

export async function concurrent() {
  const server = await serve(['--log-level', 'debug'])
  const pids = await serveTwenty(server)
  await noneLeft(server)
  await terminate(server)
  return `pids ${Math.min(...pids)} to ${Math.max(...pids)}`
}

export async function prefork() {
  const server = await serve(['--model', 'prefork', '--spare', '2:4'])
  await serveTwenty(server)
  await terminate(server)
  expect(!isAlive(server.pid), 'the daemon process is still there')
}

export async function crash() {
  const server = await serve([])
  const other = await Client.of(server)
  await other.ask('who')
  await (await Client.of(server)).ask('crash').catch(() => {})
  await server.log(/ reaped .*SIGSEGV/)
  expect((await other.ask('still there')) === 'still there', 'another client noticed')
}

export async function drain() {
  const server = await serve([])
  const client = await Client.of(server)
  await client.ask('who')
  server.signal('SIGTERM')
  await server.log(/ draining/)
  expect((await client.ask('finish')) === 'finish', 'the client was cut off')
  await client.end()
  expect((await server.ended()) === 0, `it ended with ${server.child.exitCode}`)
}

export async function random() {
  const server = await serve([])
  const both = await Promise.all([Client.of(server), Client.of(server)])
  const [first, second] = await Promise.all(both.map(client => client.ask('random')))
  const [a, b] = [first.split(' '), second.split(' ')]
  expect(a[0] !== b[0] && a[1] !== b[1], `brothers have the same numbers: ${first}`)
}

export async function limits() {
  const server = await serve([
    '--max-children',
    '1',
    '--overload',
    'refuse',
    '--limit',
    'nofile=64',
  ])
  const first = await Client.of(server)
  await first.ask('who')
  const second = await Client.of(server)
  await until(() => second.ended, 'the refusal of a second client')
  return (await server.log(/ (rejected .*)/))[1]
}

export async function programs() {
  const started = new Started(['exec', '--port', '0', '--', 'cat'])
  const server = await listening(started)
  const client = await Client.of(server)
  expect((await client.ask('through cat')) === 'through cat', 'cat did not answer')
  await client.end()
  await noneLeft(server)
}

export async function otherFamily() {
  const server = await serve([], { host: '::1' }).catch(error => {
    if (/EADDRNOTAVAIL|EAFNOSUPPORT/.test(error.message)) throw new NotChecked('no IPv6 here')
    throw error
  })
  await serveTwenty(server)
}

export const unixSocket = async folder => {
  await serveTwenty(await serve([], { host: `unix:${join(folder, 'socket')}` }))
}
