// What a program finds: as if it had been started by tcpserver, whoever started truefork.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { connectClient } from '../support/client.ts'
import { type Facts, factsFrom, factsProgram, fixture, ucspi } from '../support/facts.ts'
import { limit, niceOf } from '../support/proc.ts'
import { command, startExec, startForeign, Talk } from '../support/server.ts'

const softLimit = 300
const starter = (how: 'plain' | 'badly') => ['python3', fixture('starter.py'), how, `${softLimit}`]
const hardLimit = Number(limit(process.pid, 'open files')[1])

/** As tcpserver gives it, recorded: what is said here of both is asked of both below. */
const asFromTcpserver = {
  dispositions: [],
  blocked: [],
  pending: [],
  nofile: [softLimit, hardLimit],
}

const standard = ({ descriptors }: Facts) =>
  descriptors.map(({ fd, blocking }) => ({ fd, blocking: blocking === 1 }))

async function factsOf(how: 'plain' | 'badly', ...args: (string | number)[]) {
  const server = await startExec([factsProgram(), 'a b', ''], args, { under: starter(how) })
  return { server, facts: await factsFrom(await server.client()) }
}

test.each(['plain', 'badly'] as const)('started %s', async how => {
  const { server, facts } = await factsOf(how)
  expect(facts).toMatchObject(asFromTcpserver)
  expect(facts.arguments.slice(1)).toEqual(['a b', ''])
  expect(standard(facts)).toEqual([0, 1, 2].map(fd => ({ fd, blocking: true })))
  const [input, output, errors] = facts.descriptors
  expect(output).toEqual({ ...input, fd: 1 })
  expect(input!.socket).toBe(1)
  expect(errors!.inode).not.toBe(input!.inode)
  expect(facts).toMatchObject({
    parent: server.daemon,
    group: facts.pid,
    uid: process.getuid?.(),
    nice: niceOf(process.pid),
    umask: process.umask(),
    directory: process.cwd(),
  })
  expect(server.logged(/warning|error/)).toEqual([])
})

test('the variables of the connection, and none that were left of another', async () => {
  const server = await startExec([factsProgram()], [], { under: starter('badly') })
  const client = await server.client()
  const port = client.socket.localPort
  const facts = await factsFrom(client)
  expect(ucspi(facts)).toEqual({
    PROTO: 'TCP',
    TCPLOCALIP: '127.0.0.1',
    TCPLOCALPORT: String(server.port),
    TCPREMOTEIP: '127.0.0.1',
    TCPREMOTEPORT: String(port),
  })
  expect(facts.environment).toContain('KEPT=yes')
})

const hasTcpserver = spawnSync('tcpserver', [], { stdio: 'ignore' }).error === undefined

test.runIf(hasTcpserver)('the same as from tcpserver', async () => {
  const program = factsProgram()
  const words = [program, 'a b', '']
  const options = ['-1', '-RHl0', '127.0.0.1', '0']
  const other = startForeign([...starter('plain'), 'tcpserver', ...options, ...words])
  other.port = Number((await other.line(/^\d+$/))[0])
  const server = await startExec(words, [], { under: starter('plain') })
  const [theirs, ours] = await Promise.all(
    [other, server].map(async each => factsFrom(await each.client())),
  )
  expect(theirs).toMatchObject(asFromTcpserver)
  expect(alike(ours!)).toEqual(alike(theirs!))
})

/**
 * Without what has to differ: processes, sockets, ports, the name that tcpserver was told, and the
 * descriptors that it has inherited itself and passes on.
 */
function alike(facts: Facts) {
  const { pid, parent, group, descriptors, environment, ...others } = facts
  const variables = environment
    .filter(variable => !/^(TRUEFORK_TEST|TCPLOCALHOST)=/.test(variable))
    .map(variable => variable.replace(/^(TCP\w+PORT)=\d+$/, '$1=…'))
  return { ...others, descriptors: standard(facts).slice(0, 3), environment: variables.sort() }
}

test('IPv6, and IPv4 on a socket for both', async () => {
  const program = factsProgram()
  const six = await startExec([program], ['--host', '::1'])
  const variables = ucspi(await factsFrom(await six.client('::1')))
  expect(variables).toMatchObject({ PROTO: 'TCP', TCPLOCALIP: '::1', TCPREMOTEIP: '::1' })
  const both = await startExec([program], ['--host', '::'])
  const mapped = ucspi(await factsFrom(await both.client('127.0.0.1')))
  expect(mapped).toMatchObject({ TCPLOCALIP: '127.0.0.1', TCPREMOTEIP: '127.0.0.1' })
})

test('a UNIX-domain socket: who is there, as the kernel says', async () => {
  const program = factsProgram()
  const path = `${program}.socket`
  const server = startForeign([
    ...[...starter('badly'), process.execPath, command, 'exec'],
    ...['--listen', `unix:${path}`, '--', program],
  ])
  await server.log(/^truefork: listening on unix:/)
  const facts = await factsFrom(new Talk(await connectClient({ path })))
  expect(ucspi(facts)).toEqual({
    PROTO: 'UNIX',
    UNIXLOCALPATH: path,
    UNIXLOCALUID: String(process.getuid?.()),
    UNIXLOCALGID: String(process.getgid?.()),
    UNIXLOCALPID: String(facts.pid),
    UNIXREMOTEEUID: String(process.getuid?.()),
    UNIXREMOTEEGID: String(process.getgid?.()),
    UNIXREMOTEPID: String(process.pid),
  })
})

test('a limit of descriptors that was asked for', async () => {
  const { facts } = await factsOf('plain', '--limit', 'nofile=64:128')
  expect(facts.nofile).toEqual([64, 128])
})

test('where nobody knows what the limit of descriptors was, it says so', async () => {
  const lower = hardLimit - 1
  const under = ['prlimit', `--nofile=200:${lower}`]
  const server = await startExec([factsProgram()], [], { under })
  expect((await factsFrom(await server.client())).nofile).toEqual([lower, lower])
  expect(server.logged(/warning/)).toEqual([expect.stringContaining('--limit nofile=SOFT:HARD')])
  const told = await startExec([factsProgram()], ['--limit', 'nofile=200'], { under })
  expect((await factsFrom(await told.client())).nofile).toEqual([200, 200])
  expect(told.logged(/warning/)).toEqual([])
})

test('in the background: the root directory, and nowhere to write errors to', async () => {
  const { facts } = await factsOf('badly', '--daemon')
  expect(facts).toMatchObject({ ...asFromTcpserver, directory: '/', umask: 0o022 })
  expect(standard(facts)).toHaveLength(3)
})

test('a new daemon process, after SIGUSR2, gives the same', async () => {
  const { server, facts } = await factsOf('badly')
  server.signal('SIGUSR2')
  const [, pid] = /child=(\d+)/.exec(await server.log(/^truefork: upgraded /))!
  const young = await factsFrom(await server.client())
  expect(young.parent).toBe(Number(pid))
  expect(alike(young)).toEqual(alike(facts))
})
