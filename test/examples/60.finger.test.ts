import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleFile } from '../support/example.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Program, startForeign, startServer } from '../support/server.ts'

async function startFinger(): Promise<Program> {
  const folder = temporaryFolder()
  const plans = join(folder, 'plans')
  mkdirSync(plans)
  writeFileSync(join(plans, 'alice'), 'Alice Liddell\nTea at five.\n\u001b[2J\u0007Bring cake.\n')
  writeFileSync(join(plans, 'bob'), 'Bob\n')
  writeFileSync(join(plans, '.hidden'), 'Nobody\n')
  writeFileSync(join(folder, 'secret'), 'Secret\n')
  symlinkSync(join(folder, 'secret'), join(plans, 'mallory'))
  const config = join(folder, 'finger.toml')
  writeFileSync(config, `[handler]\nplans = "${plans}"\n`)
  return startServer(exampleFile('finger.ts'), ['--config', config])
}

test('who is here, and what they plan', async () => {
  const server = await startFinger()
  const ask = async (question: string) => {
    const client = await server.client()
    client.send(`${question}\r`)
    return client.rest()
  }
  const everybody =
    'Login            Name\r\nalice            Alice Liddell\r\nbob              Bob\r\n'
  expect(await ask('')).toBe(everybody)
  expect(await ask('/W')).toBe(everybody)
  const alice = 'Login: alice\r\nName: Alice Liddell\r\nPlan:\r\nTea at five.\r\n[2JBring cake.\r\n'
  expect(await ask('alice')).toBe(alice)
  expect(await ask('/W alice')).toBe(alice)
  expect(await ask('bob')).toBe('Login: bob\r\nName: Bob\r\nNo Plan.\r\n')
  for (const stranger of ['carol', '../secret', 'mallory', '.hidden', '/etc/passwd'])
    expect(await ask(stranger)).toBe(`finger: ${stranger}: no such user.\r\n`)
  expect(await ask('alice@elsewhere')).toBe('Finger forwarding service denied\r\n')
  expect(await ask('a'.repeat(600))).toBe('')
  expect(server.logged(/error/)).toHaveLength(1)
})

test('by nc', async () => {
  const server = await startFinger()
  const nc = startForeign(['nc', '127.0.0.1', String(server.port)])
  nc.tell('bob')
  await nc.line(/^Name: Bob\r$/)
})
