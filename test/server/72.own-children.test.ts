import { expect, test } from 'vitest'
import { stat } from '../support/proc.ts'
import { type Program, startProgram } from '../support/server.ts'
import { until } from '../support/until.ts'

const inOrder = { code: 0, signal: null }

async function serveSome(program: Program, count: number) {
  for (let index = 0; index < count; index++) {
    const client = await program.served()
    expect(stat(client.server).parent).toBe(program.pid)
    await client.finish()
  }
}

test('a child of node:child_process that ends meanwhile is left to whoever started it', async () => {
  const program = await startProgram('api.mjs', ['otherChildEarly']).listening()
  const [other] = program.children()
  await serveSome(program, 3)
  await until(() => program.children().length === 1)

  program.tell('end')
  await until(() => stat(other!).state === 'Z')
  // It stays first in line; ours behind it are collected all the same.
  const clients = [await program.served(), await program.served(), await program.served()]
  await serveSome(program, 3)
  for (const client of clients) client.send('return 2')
  await until(() => program.children().length === 1)
  await program.log(/^truefork: reaped .*"exited 2"/, 3)
  expect(program.children()).toEqual([other])

  program.signal('SIGTERM')
  expect(await program.ended()).toEqual(inOrder)
  expect(program.stdout.all).toEqual(['resolved', 'the other child ended with 5 null'])
})

test('one that ends after the server has, too', async () => {
  const program = await startProgram('api.mjs', ['otherChildLate']).listening()
  await serveSome(program, 3)
  program.signal('SIGTERM')
  await program.line(/^resolved$/)
  program.tell('end')
  await program.line(/^the other child ended with 6 null$/)
  expect(await program.ended()).toEqual(inOrder)
})

test('it is no reason to wait when the server stops, and gets none of its signals', async () => {
  const program = await startProgram('api.mjs', ['otherChildLate']).listening()
  const [other] = program.children()
  await program.served()
  program.signal('SIGQUIT')
  await program.line(/^resolved$/)
  expect(stat(other!).state).not.toBe('Z')
})
