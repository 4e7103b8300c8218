import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startConfigured } from '../support/configured.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listeners } from '../support/listening.ts'
import { descriptors, title } from '../support/proc.ts'
import {
  addressesOf,
  block,
  inet,
  inet6,
  isAccepted,
  line,
  local,
  proxied,
  through,
  throughUnix,
  tlv,
} from '../support/proxy.ts'
import { refusedBy } from '../support/refusals.ts'
import { fixtureFile, startCommand, startExec, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const models = [['fork'], ['prefork'], ['sequential']]
const debug = ['--log-level', 'debug']
const start = (args: (string | number)[] = [], model = 'fork') =>
  startServer('talk.mjs', [...proxied, '--model', model, ...args])

const client = { remoteAddress: '192.0.2.7', remotePort: 40112 }
const destination = { localAddress: '192.0.2.1', localPort: 443 }
const version2 = block(0x21, 0x11, Buffer.concat([inet('192.0.2.7', 40112), tlv(4, local)]))
const six = inet6('20010db8000000000000000000000007', 1, '20010db8000000000000000000000001', 2)

test.each(models)('%s: the handler, the log and the title have the real client', async model => {
  const server = await start(debug, model)
  for (const header of [line('192.0.2.7'), version2]) {
    const talk = await through(server, header)
    expect(await addressesOf(talk)).toEqual({ ...client, ...destination })
    const [pid] = (await talk.ask('who')).split(' ')
    expect(title(Number(pid))).toBe('truefork: serving 192.0.2.7:40112')
    await talk.finish()
  }
  const accepted = await server.log(/: accepted /, 2)
  expect(accepted).toMatch(/^truefork: accepted client=192\.0\.2\.7:40112 proxy=127\.0\.0\.1:\d+$/)
  expect(server.logged(/127\.0\.0\.1:\d+/).filter(text => !/ proxy=|listening/.test(text))).toEqual(
    [],
  )
})

test.each(models)('%s: IPv6, over IPv4', async model => {
  const server = await start([], model)
  const talk = await through(server, block(0x21, 0x21, six))
  expect(await addressesOf(talk)).toEqual({
    remoteAddress: '2001:db8::7',
    remotePort: 1,
    localAddress: '2001:db8::1',
    localPort: 2,
  })
})

test.each(models)('%s: what stands behind the header is the handler’s', async model => {
  const server = await start([], model)
  const data = `${'x'.repeat(5000)}\n${line('198.51.100.1')}`
  for (const header of [line('192.0.2.7'), version2]) {
    const talk = await through(server, Buffer.concat([Buffer.from(header), Buffer.from(data)]))
    expect(await talk.line()).toBe('x'.repeat(5000))
    expect(await talk.line()).toBe(line('198.51.100.1').trimEnd())
    await talk.finish()
  }
})

test.each(models)('%s: a header that comes byte by byte', async model => {
  const server = await start([], model)
  for (const header of [Buffer.from(line('192.0.2.7')), version2]) {
    const talk = await through(server, header.subarray(0, 1))
    for (const byte of header.subarray(1)) {
      talk.socket.write(Buffer.from([byte]))
      await new Promise(done => setImmediate(done))
    }
    expect(await addressesOf(talk)).toEqual({ ...client, ...destination })
    await talk.finish()
  }
})

test.each([['fork'], ['prefork']])(
  '%s: a hundred who do not come to the point keep nobody waiting',
  async model => {
    const server = await start(
      ['--proxy-timeout', 30, '--spare', '2:4'].slice(0, model === 'fork' ? 2 : 4),
      model,
    )
    const slow = await Promise.all(
      Array.from({ length: 100 }, () => through(server, 'PROXY TCP4 ')),
    )
    const talk = await through(server, version2)
    expect(await addressesOf(talk)).toEqual({ ...client, ...destination })
    slow[50]!.socket.write('192.0.2.7 192.0.2.1 40112 443\r\n')
    expect(await addressesOf(slow[50]!)).toEqual({ ...client, ...destination })
    expect(server.logged(/rejected/)).toEqual([])
  },
)

test('the server process of one holds no descriptor of those who wait', async () => {
  const server = await start(['--proxy-timeout', 30])
  const before = descriptors(server.daemon).size
  await Promise.all(Array.from({ length: 10 }, () => through(server, 'PROXY ')))
  await until(() => descriptors(server.daemon).size === before + 10)
  const talk = await through(server, version2)
  const [pid] = (await talk.ask('who')).split(' ')
  expect(descriptors(Number(pid)).size).toBeLessThanOrEqual(before)
})

test('more than there are places for: all are served in the end', { timeout: 60_000 }, async () => {
  const server = await start(['--proxy-timeout', 30, '--backlog', 1000])
  const open = descriptors(server.daemon).size
  const slow = await Promise.all(Array.from({ length: 300 }, () => through(server, 'PROXY TCP4 ')))
  await until(() => descriptors(server.daemon).size === open + 256)
  for (const talk of slow) talk.socket.write('192.0.2.7 192.0.2.1 40112 443\r\nhello\n')
  for (const talk of slow) {
    expect(await talk.line()).toBe('hello')
    talk.socket.destroy()
  }
  await until(() => descriptors(server.daemon).size === open)
})

test.each(models)(
  '%s: refused, with the reason: who sends none, and who sends half',
  async model => {
    const server = await start(
      ['--proxy-timeout', 0.2, '--refuse-message', 'no\\n', ...debug],
      model,
    )
    const none = await through(server, 'GET / HTTP/1.1\r\n\r\n')
    expect(await none.rest()).toBe('no\n')
    const half = await through(server, 'PROXY TCP4 192.0.2.7')
    expect(await half.rest()).toBe('no\n')
    const ended = await through(server, version2.subarray(0, 20))
    ended.socket.end()
    expect(await ended.rest()).toBe('no\n')
    const mute = await server.client()
    expect(await mute.rest()).toBe('no\n')
    expect(await refusedBy(server)).toBe('proxy-header: 2, proxy-timeout: 2')
    const details = server.logged(/ rejected /).map(text => /reason=.*$/.exec(text)![0])
    expect(details).toEqual([
      'reason=proxy-header detail="no header of the PROXY protocol"',
      'reason=proxy-timeout detail="20 bytes of a header within 0.2 s"',
      'reason=proxy-header detail="it ends after 20 bytes"',
      'reason=proxy-timeout detail="0 bytes of a header within 0.2 s"',
    ])
    expect(server.logged(/ rejected /).join()).not.toContain('192.0.2.7')
    expect(server.logged(/: accepted /)).toHaveLength(4)
  },
)

test.each(models)('%s: nobody else is believed', async model => {
  const server = await start(debug, model)
  for (const header of [line('127.0.0.1'), version2, local]) {
    const talk = await through(server, header, '127.0.0.2')
    expect(await talk.rest()).toBe('')
  }
  expect(await refusedBy(server)).toBe('proxy-from: 3')
  for (const text of server.logged(/ rejected /))
    expect(text).toMatch(
      /rejected client=127\.0\.0\.2:\d+ reason=proxy-from detail="it is no balancer that proxy-from names"$/,
    )
  expect(server.logged(/192\.0\.2\.7/)).toEqual([])
})

test.each(models)('%s: a balancer that looks whether the server is there', async model => {
  const server = await start(debug, model)
  const checks = [
    () => server.client(),
    () => through(server, local),
    () => through(server, 'PROXY UNKNOWN\r\n'),
  ]
  for (const check of checks) {
    const ended = await check()
    expect(await ended.finish()).toBe('')
    const reset = await check()
    reset.socket.resetAndDestroy()
  }
  await server.log(/: probed client=127\.0\.0\.1:\d+$/, 6)
  expect(
    server.logged(/accepted|rejected|error|reaped/).filter(text => !/client=""/.test(text)),
  ).toEqual([])
  expect(server.logged(/ client=127/).filter(text => !/probed/.test(text))).toEqual([])
})

test.each(models)(
  '%s: its own connections are served, and have the real addresses',
  async model => {
    const server = await start(['--access', 'allow 192.0.2.0/24', '--max-rate', '1/60'], model)
    for (let count = 0; count < 2; count++) {
      const talk = await through(server, local)
      const { localPort } = talk.socket
      const real = { remoteAddress: '127.0.0.1', remotePort: localPort }
      const own = { localAddress: '127.0.0.1', localPort: server.port }
      expect(await addressesOf(talk)).toEqual({ ...real, ...own })
      await talk.finish()
      // Version 1 names the two ends of the connection.
      const client = await server.client()
      client.socket.write(line('127.0.0.1', client.socket.localPort, '127.0.0.1', server.port))
      expect(await client.ask('hello')).toBe('hello')
      await client.finish()
    }
    // Somebody's, but nobody knows whose: the rules are for the balancer.
    const unknown = await through(server, 'PROXY UNKNOWN\r\nhello\n')
    expect(await unknown.rest()).toBe('')
    await server.log(/ reason=access detail="no rule matches, and there is one that allows" proxy=/)
  },
)

test('one that waits for the server to speak is served a moment later', async () => {
  const greeter = ['sh', '-c', 'echo "hello $TCPREMOTEIP"; cat']
  const server = await startExec(greeter, proxied)
  const talk = await through(server, local)
  expect(await talk.line()).toBe('hello 127.0.0.1')
})

test('exec: the environment of the program', async () => {
  const show = ['sh', '-c', 'env | grep ^TCP | sort; cat']
  const server = await startExec(show, proxied)
  const talk = await through(server, Buffer.concat([version2, Buffer.from('input\n')]))
  const said = [await talk.line(), await talk.line(), await talk.line(), await talk.line()]
  expect(said).toEqual([
    'TCPLOCALIP=192.0.2.1',
    'TCPLOCALPORT=443',
    'TCPREMOTEIP=192.0.2.7',
    'TCPREMOTEPORT=40112',
  ])
  expect(await talk.line()).toBe('input')
})

test('a UNIX socket: whoever may connect is believed, if that is said', async () => {
  const path = join(temporaryFolder(), 'socket')
  const listen = ['serve', fixtureFile('talk.mjs'), '--listen', `unix:${path}`, '--proxy-protocol']
  const options = ['--nodelay', '--proxy-from', 'unix', '--max-per-source', 1]
  const server = startCommand([...listen, ...options])
  await listeners(server, 1)
  const talk = await throughUnix(path, version2)
  expect(await addressesOf(talk)).toEqual({ ...client, ...destination })
  expect(await (await throughUnix(path, line('192.0.2.7', 5))).rest()).toBe('')
  await server.log(/ reason=max-per-source detail="1 from 192\.0\.2\.7" proxy=unix:/)
  const own = await throughUnix(path, Buffer.concat([local, Buffer.from('hello\n')]))
  expect(await own.line()).toBe('hello')
  const other = startCommand([...listen, '--proxy-from', '127.0.0.1'])
  expect(await other.ended()).toMatchObject({ code: 71 }) // the address is taken
})

test('a UNIX socket: nobody is believed where only networks are named', async () => {
  const path = join(temporaryFolder(), 'socket')
  const listen = ['--listen', `unix:${path}`, ...proxied]
  const server = startCommand(['serve', fixtureFile('talk.mjs'), ...listen])
  await listeners(server, 1)
  expect(await (await throughUnix(path, version2)).rest()).toBe('')
  await server.log(/ reason=proxy-from /)
})

test.each([['fork'], ['prefork']])('%s: rules and limits are for the real client', async model => {
  const rules = ['--access', 'deny 192.0.2.13', '--max-per-source', 2, '--penalize', '7=60']
  const server = await start(rules, model)
  const say = async (host: string) => (await through(server, `${line(host)}hello\n`)).rest()
  expect(await say('192.0.2.13')).toBe('')
  await server.log(/rejected client=192\.0\.2\.13:40112 reason=access .* proxy=127\.0\.0\.1:\d+$/)
  const talks = [await through(server, line('192.0.2.7')), await through(server, version2)]
  for (const talk of talks) expect(await talk.ask('hello')).toBe('hello')
  expect(await say('192.0.2.7')).toBe('')
  await server.log(/rejected client=192\.0\.2\.7:40112 reason=max-per-source detail="2 from 192/)
  const other = await through(server, line('192.0.2.8'))
  other.send('return 7')
  await server.log(/: reaped .*client=192\.0\.2\.8:40112 .*penalty=60$/)
  expect(await say('192.0.2.8')).toBe('')
  await server.log(/ reason=penalty detail="\d+ s for 192\.0\.2\.8"/)
  const fine = await through(server, line('192.0.2.9'))
  expect(await fine.ask('hello')).toBe('hello')
})

test('--max-children: who has come while all were busy is served when one is free', async () => {
  const server = await start(['--max-children', 1, '--proxy-timeout', 0.5])
  const late = await through(server, 'PROXY ')
  const talk = await through(server, version2)
  expect(await talk.ask('hello')).toBe('hello')
  late.socket.write('TCP4 192.0.2.7 192.0.2.1 40112 443\r\nhello\n')
  const later = await through(server, `${line('192.0.2.8')}hello\n`)
  await new Promise(done => setTimeout(done, 700)) // longer than the header may take
  expect([late.pending, later.pending]).toEqual(['', ''])
  await talk.finish()
  expect(await late.line()).toBe('hello')
  await late.finish()
  expect(await later.line()).toBe('hello')
})

test.each([['fork'], ['prefork']])('%s: --overload refuse names the real client', async model => {
  const server = await start(['--max-children', 1, '--overload', 'refuse'], model)
  const talk = await through(server, version2)
  expect(await talk.ask('hello')).toBe('hello')
  await until(async () => {
    await (await through(server, line('192.0.2.8'))).rest()
    return server.logged(/rejected client=192\.0\.2\.8:40112 reason=overload /).length > 0
  })
})

test.each([['fork'], ['prefork']])(
  '%s: SIGTERM: whose header is on its way is served',
  async model => {
    const server = await start(['--proxy-timeout', 30], model)
    const late = await through(server, 'PROXY TCP4 192.0.2.7')
    await until(() => isAccepted(late, server))
    server.signal('SIGTERM')
    await server.log(/: draining /)
    late.socket.write(' 192.0.2.1 40112 443\r\n')
    expect(await addressesOf(late)).toEqual({ ...client, ...destination })
    await late.finish()
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.logged(/reaped|error/)).toEqual([])
  },
)

test.each(models)('%s: SIGTERM twice, SIGQUIT: nobody waits for a header', async model => {
  for (const signal of ['SIGTERM', 'SIGQUIT'] as const) {
    const server = await start(['--proxy-timeout', 30], model)
    const late = await through(server, 'PROXY ')
    await until(() => isAccepted(late, server))
    if (signal === 'SIGTERM') {
      server.signal('SIGTERM')
      await server.log(/: draining /)
    }
    server.signal(signal)
    expect(await late.rest()).toBe('')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
  }
})

test('SIGUSR2: whose header is on its way is served by the old daemon process', async () => {
  const server = await start(['--proxy-timeout', 30])
  const old = server.daemon
  const late = await through(server, 'PROXY TCP4 192.0.2.7')
  await until(() => isAccepted(late, server))
  server.signal('SIGUSR2')
  await server.log(/: upgraded /)
  late.socket.write(' 192.0.2.1 40112 443\r\n')
  expect((await late.ask('who')).split(' ')[1]).toBe(String(old))
  await late.finish()
  const talk = await through(server, version2)
  expect((await talk.ask('who')).split(' ')[1]).not.toBe(String(old))
  expect(await addressesOf(talk)).toEqual({ ...client, ...destination })
})

test('SIGHUP: other balancers; the protocol itself needs a new start', async () => {
  const protocol = 'proxy-protocol = true\n'
  const { server, rewrite } = await startConfigured(`${protocol}proxy-from = "127.0.0.1"\n`)
  expect(await (await through(server, `${line('192.0.2.7')}hello\n`)).line()).toBe('hello')
  expect(await rewrite(`${protocol}proxy-from = ["127.0.0.2"]\nproxy-timeout = 9\n`)).toMatch(
    /changed=proxy-from,proxy-timeout needs-upgrade=none$/,
  )
  expect(await (await through(server, `${line('192.0.2.7')}hello\n`)).rest()).toBe('')
  expect(await (await through(server, `${line('192.0.2.7')}hello\n`, '127.0.0.2')).line()).toBe(
    'hello',
  )
  expect(await rewrite('')).toMatch(
    /changed=none needs-upgrade=proxy-protocol,proxy-from,proxy-timeout$/,
  )
  expect(await (await through(server, `${line('192.0.2.7')}hello\n`, '127.0.0.2')).line()).toBe(
    'hello',
  )
})
