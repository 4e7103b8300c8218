import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { stat, status } from '../support/proc.ts'
import { type Program, startServer } from '../support/server.ts'
import { patience, until } from '../support/until.ts'

async function startWaiting() {
  const file = join(temporaryFolder(), 'server.toml')
  writeFileSync(file, 'grace = 1\n')
  return { file, server: await startServer('talk.mjs', ['--config', file]) }
}

const wakeUps = ({ daemon }: Program) => Number(status(daemon, 'voluntary_ctxt_switches'))

/** As `until`, but not 2 ms apart: 10,000 answers are waited for. */
async function soon(isSo: () => boolean, what: () => string) {
  const end = performance.now() + 1000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within a second: ${what()}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}

test(
  'of 10,000 signals to a server that waits, each is acted on before the next',
  async () => {
    const { server } = await startWaiting()
    const reloads = () => server.logged(/^truefork: reloaded /).length
    let seen = 0
    for (let sent = 0; sent < 10_000; sent++) {
      if (sent % 2 === 0) {
        await soon(
          () => stat(server.daemon).state === 'S',
          () => 'the daemon waits again',
        )
        const before = wakeUps(server)
        server.signal('SIGCHLD')
        await soon(
          () => wakeUps(server) > before,
          () => `SIGCHLD number ${sent}`,
        )
      } else {
        server.signal('SIGHUP')
        seen++
        await soon(
          () => server.stderr.all.length > seen,
          () => `the reload for SIGHUP number ${sent}`,
        )
      }
    }
    expect(reloads()).toBe(5000)
    expect(await (await server.client()).ask('still here')).toBe('still here')
  },
  patience(60_000),
)

test('a storm of SIGHUP: the last content of the file is in force', async () => {
  const { server, file } = await startWaiting()
  for (let sent = 0; sent < 1000; sent++) {
    if (sent === 999) writeFileSync(file, '[handler]\ncontent = "last"\n')
    server.signal('SIGHUP')
  }
  await server.log(/^truefork: reloaded .*handler/)
  const client = await server.client()
  expect(JSON.parse(await client.ask('settings'))).toEqual({ content: 'last' })
  expect(server.logged(/^truefork: (?!reloaded|listening)/)).toEqual([])
})

test('a storm of SIGHUP while clients come and go loses none of them', async () => {
  const { server } = await startWaiting()
  const storm = setInterval(() => server.signal('SIGHUP'), 1)
  try {
    for (let count = 0; count < 50; count++) {
      const client = await server.served()
      expect(await client.ask('hello')).toBe('hello')
      await client.finish()
    }
  } finally {
    clearInterval(storm)
  }
  server.signal('SIGUSR1')
  await server.log(/^truefork: status children=\d+ accepted=50 rejected=0 /)
})

test('while nothing happens it sleeps, without looking round from time to time', async () => {
  const { server } = await startWaiting()
  await until(() => stat(server.daemon).state === 'S')
  const before = wakeUps(server)
  await startServer('echo.mjs') // which takes a while
  expect(wakeUps(server)).toBe(before)
})

/** How often each other thread of the daemon process has gone to sleep. */
function sleepsOfOthers({ daemon }: Program): Map<string, number> {
  const others = readdirSync(`/proc/${daemon}/task`).filter(id => Number(id) !== daemon)
  return new Map(
    others.map(id => {
      const text = readFileSync(`/proc/${daemon}/task/${id}/status`, 'utf8')
      return [id, Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)![1])]
    }),
  )
}

test('the end of a child wakes no other thread, once it has woken each', async () => {
  const { server } = await startWaiting()
  const serve = async (clients: number) => {
    for (let count = 0; count < clients; count++) {
      const client = await server.client()
      await client.ask('who')
      await client.finish()
    }
  }
  await serve(50)
  const before = sleepsOfOthers(server)
  await serve(200)
  const woken = [...sleepsOfOthers(server)].map(([id, sleeps]) => sleeps - (before.get(id) ?? 0))
  expect(woken.length).toBeGreaterThan(0)
  expect(Math.max(...woken)).toBeLessThan(20)
})
