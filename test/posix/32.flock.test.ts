import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'

const file = () => join(temporaryFolder(), 'file')
const ask = (name: string) => askFixture('posix/flock', [name, file()])

test('shared beside shared, exclusive beside none, until it is closed', async () => {
  expect(await ask('conflicts')).toEqual({
    shared: ['got', 'got', 'EAGAIN'],
    exclusive: ['got', 'EAGAIN'],
    afterClose: 'got',
  })
})

test('a child shares the lock, and keeps it', async () => {
  expect(await ask('child')).toEqual(['EAGAIN', 'got'])
})

test('it is in the list of the kernel, and who waits for it handles signals', async () => {
  const path = file()
  const holder = startFixture('posix/flock', ['holds', path])
  await holder.line(/^locked$/)
  const lock = `FLOCK  ADVISORY  WRITE ${holder.pid} `
  const line = readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .find(line => line.includes(lock))
  expect(line).toContain(`:${statSync(path).ino} `)

  const waiter = startFixture('posix/flock', ['waits', path])
  await waiter.line(/^waiting$/)
  waiter.kill('SIGUSR2')
  await waiter.line(/^caught$/)
  holder.tell('end')
  expect(await waiter.json()).toBe('locked')
})
