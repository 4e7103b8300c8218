// When the system says no: it has no descriptor, process or memory left, or lost the client.
import { expect, test } from 'vitest'
import { descriptors } from '../support/proc.ts'
import { isServed, refusedBy } from '../support/refusals.ts'
import { type Program, startServer } from '../support/server.ts'
import {
  asNobody,
  failing,
  injected,
  leaveDescriptors,
  limitDescriptors,
  limitProcesses,
  waitsForEver,
} from '../support/shortage.ts'
import { until } from '../support/until.ts'

/** A client that has sent something before it is sent away; how that looks to it. */
async function sentAway(server: Program, from?: string) {
  const client = await server.client('127.0.0.1', from)
  client.send('who')
  const said = await client.rest()
  return { said, error: client.error }
}

test('no descriptor left: clients are told, the daemon sleeps, and it heals by itself', async () => {
  const server = await startServer('talk.mjs', ['--refuse-message', 'come back later\\n'])
  const numbers = () => [...descriptors(server.daemon).keys()]
  const before = numbers()
  leaveDescriptors(server.daemon, 0)
  for (let round = 0; round < 3; round++) {
    expect(await sentAway(server)).toEqual({ said: 'come back later\n', error: undefined })
  }
  await server.log(
    /^truefork: rejected client=127\.0\.0\.1:\d+ reason=descriptors detail="accept: .*\(EMFILE\)"$/,
  )
  await until(() => waitsForEver(server.daemon))
  limitDescriptors(server.daemon, 1024)
  expect(await isServed(server)).toBe(true)
  expect(await refusedBy(server)).toBe('descriptors: 3')
  await until(() => server.children().length === 0)
  expect(numbers()).toEqual(before)
})

test.each([1, 2])('%s left, too few to look at the other threads with: the same', async count => {
  const server = await startServer('talk.mjs')
  leaveDescriptors(server.daemon, count)
  expect(await sentAway(server)).toEqual({ said: '', error: undefined })
  await server.log(/^truefork: rejected .* reason=descriptors detail="fork: .*\(EMFILE\)"$/)
  leaveDescriptors(server.daemon, 3)
  expect(await isServed(server)).toBe(true)
})

test('a server process has the descriptors in reserve for itself', async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  const pipes = (pid: number) =>
    [...descriptors(pid)].filter(([fd, name]) => fd > 2 && name.startsWith('pipe:'))
  expect(pipes(client.server).length).toBe(pipes(server.daemon).length - 2)
})

test('a flood without descriptors: a line a second, whoever it is, and the sum', async () => {
  const server = await startServer('talk.mjs')
  leaveDescriptors(server.daemon, 0)
  const start = performance.now()
  const crowd = Array.from({ length: 100 }, (_, index) => sentAway(server, `127.0.1.${index + 1}`))
  await Promise.all(crowd)
  const lines = () => server.logged(/^truefork: rejected client=/).length
  const sum = () =>
    server
      .logged(/^truefork: rejected reason=descriptors suppressed=/)
      .reduce((total, line) => total + Number(/\d+$/.exec(line)), 0)
  await until(() => lines() + sum() === 100)
  const seconds = (performance.now() - start) / 1000
  expect(lines()).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
})

test('no process left: clients are sent away, and the next served once there is one', async () => {
  const server = await startServer('talk.mjs', [], { under: asNobody })
  limitProcesses(server.daemon, 1)
  for (let round = 0; round < 3; round++) {
    expect(await sentAway(server)).toEqual({ said: '', error: undefined })
  }
  await server.log(/^truefork: rejected client=\S+ reason=processes detail="fork: .*\(EAGAIN\)"$/)
  await until(() => waitsForEver(server.daemon))
  limitProcesses(server.daemon, 4096)
  expect(await isServed(server)).toBe(true)
  expect(await refusedBy(server)).toBe('processes: 3')
})

test('no memory for a process: the client is sent away, the next served', async () => {
  const server = await startServer('talk.mjs', [], { env: failing('fork=ENOMEM') })
  expect(await sentAway(server)).toEqual({ said: '', error: undefined })
  await server.log(/^truefork: rejected client=\S+ reason=memory detail="fork: .*\(ENOMEM\)"$/)
  expect(injected(server)).toEqual(['fork ENOMEM'])
  expect(await isServed(server)).toBe(true)
})

test.each([
  ['ENFILE', 'descriptors'],
  ['ENOBUFS', 'memory'],
  ['ENOMEM', 'memory'],
])('%s, also with the descriptors in reserve: the client waits', async (code, reason) => {
  // Twice it tries, and each time with those in reserve, too.
  const plan = Array.from({ length: 4 }, () => code)
  const server = await startServer('talk.mjs', [], { env: failing(`accept4=${plan}`) })
  expect(await isServed(server)).toBe(true)
  expect(injected(server)).toEqual(plan.map(() => `accept4 ${code}`))
  const line = `^truefork: rejected reason=${reason} detail="accept: .*\\(${code}\\)"$`
  await server.log(new RegExp(line))
})

test('ENFILE, once: the client is told by a descriptor in reserve', async () => {
  const server = await startServer('talk.mjs', [], { env: failing('accept4=ENFILE') })
  expect(await sentAway(server)).toEqual({ said: '', error: undefined })
  await server.log(/^truefork: rejected client=\S+ reason=descriptors detail="accept: .*ENFILE/)
  expect(await isServed(server)).toBe(true)
})

test('a client whom the network has lost before it was accepted: no more than that', async () => {
  const codes = ['ECONNABORTED', 'EPROTO', 'EPERM', 'ETIMEDOUT', 'ENETDOWN', 'ENETUNREACH']
  codes.push('EHOSTUNREACH', 'ENOPROTOOPT', 'EAGAIN', 'EINTR')
  const server = await startServer('talk.mjs', [], { env: failing(`accept4=${codes}`) })
  expect(await isServed(server)).toBe(true)
  expect(injected(server)).toEqual(codes.map(code => `accept4 ${code}`))
  expect(server.logged(/rejected|error/)).toEqual([])
})

test('the last client before the reserve was needed has gone: nobody is sent away', async () => {
  const server = await startServer('talk.mjs', [], { env: failing('accept4=EMFILE,EAGAIN') })
  expect(await isServed(server)).toBe(true)
  expect(injected(server)).toEqual(['accept4 EMFILE', 'accept4 EAGAIN'])
  expect(server.logged(/rejected|error/)).toEqual([])
})
